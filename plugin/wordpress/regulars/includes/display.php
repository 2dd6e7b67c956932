<?php
/**
 * The offer on the pages: in the account, in the cart, as a block and as a shortcode.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

/**
 * Take the offer's places.
 */
function regulars_hook_display() {
	add_action( 'init', 'regulars_register_block' );
	add_shortcode( 'regulars_offer', 'regulars_shortcode' );
	add_action( 'woocommerce_account_dashboard', 'regulars_print_offer' );
	add_action( 'woocommerce_before_cart', 'regulars_print_cart_offer' );
	add_filter( 'render_block_woocommerce/cart', 'regulars_before_cart_block' );
	add_action( 'woocommerce_blocks_enqueue_cart_block_scripts_after', 'regulars_name_discount' );
	add_action( 'woocommerce_blocks_enqueue_checkout_block_scripts_after', 'regulars_name_discount' );
}

/**
 * The block, which the server renders.
 */
function regulars_register_block() {
	register_block_type( dirname( REGULARS_FILE ) . '/block', array( 'render_callback' => 'regulars_block' ) );
	$words = array(
		'live'  => __( 'Fetched by the page (for cached pages)', 'regulars' ),
		'where' => __( 'Here each shopper who is logged in reads their own discount and why they have it.', 'regulars' ),
	);
	wp_add_inline_script( 'regulars-offer-editor-script', 'var regularsBlock = ' . wp_json_encode( $words, JSON_HEX_TAG | JSON_HEX_AMP ) . ';', 'before' );
}

/**
 * The block's HTML.
 *
 * @param array $attributes `live`: fetched by the page instead of rendered into it.
 * @return string
 */
function regulars_block( $attributes ) {
	$html = regulars_offer_or_invitation( ! empty( $attributes['live'] ) );
	return '' === $html ? '' : sprintf( '<div %s>%s</div>', get_block_wrapper_attributes(), $html );
}

/**
 * The shortcode's HTML: `[regulars_offer]`, or `[regulars_offer live="1"]`.
 *
 * @param array|string $attributes The shortcode's.
 * @return string
 */
function regulars_shortcode( $attributes ) {
	$attributes = shortcode_atts( array( 'live' => '' ), $attributes, 'regulars_offer' );
	return regulars_offer_or_invitation( in_array( $attributes['live'], array( '1', 'yes', 'true' ), true ) );
}

/**
 * What a shopper is shown where the offer was placed on purpose; guests are invited to log in.
 *
 * @param bool $live Whether the page shall fetch it.
 * @return string
 */
function regulars_offer_or_invitation( $live ) {
	if ( $live && regulars_is_live() ) {
		return regulars_live_html();
	}
	ob_start();
	if ( is_user_logged_in() ) {
		regulars_print_offer();
	} else {
		printf(
			'<p class="regulars-offer-invitation"><a href="%s">%s</a></p>',
			esc_url( wc_get_page_permalink( 'myaccount' ) ),
			esc_html__( 'Log in to see your discount.', 'regulars' )
		);
	}
	return (string) ob_get_clean();
}

/**
 * Print the logged-in shopper's offer; nothing where there is none.
 */
function regulars_print_offer() {
	$offer = regulars_current_offer();
	if ( ! $offer || regulars_is_used_up( $offer['code'] ) ) {
		return;
	}
	wc_maybe_define_constant( 'DONOTCACHEPAGE', true );
	$lines = array(
		'level'    => $offer['level'],
		'sentence' => '' === $offer['sentence'] ? regulars_plain_sentence( $offer ) : $offer['sentence'],
		'amount'   => '' === $offer['amount'] || '' === $offer['sentence'] ? '' : regulars_plain_sentence( $offer ),
	) + regulars_terms_in_words( $offer ) + array(
		'next'     => $offer['next_step'],
		'until'    => regulars_until( $offer['valid_until'] ),
		/* translators: %s: a coupon's code */
		'code'     => '' === $offer['code'] ? '' : sprintf( __( 'Your code: %s', 'regulars' ), $offer['code'] ),
	);
	echo '<section class="regulars-offer" aria-label="' . esc_attr__( 'Personal discount', 'regulars' ) . '">';
	foreach ( array_filter( $lines, 'strlen' ) as $name => $line ) {
		printf( '<p class="regulars-offer-%s">%s</p>', esc_attr( $name ), esc_html( $line ) );
	}
	echo '</section>';
}

/**
 * Whether the personal coupon has served as often as it may; the metadata learns of it later.
 *
 * @param string $code Its code, '' for none.
 * @return bool
 */
function regulars_is_used_up( $code ) {
	if ( '' === $code ) {
		return false;
	}
	$coupon = new WC_Coupon( $code );
	return $coupon->get_usage_limit() > 0 && $coupon->get_usage_count() >= $coupon->get_usage_limit();
}

/**
 * The end of the offer, in the shop's time zone and date format.
 *
 * @param int $valid_until Seconds since 1970, 0 for no end.
 * @return string
 */
function regulars_until( $valid_until ) {
	if ( ! $valid_until ) {
		return '';
	}
	/* translators: %s: a date */
	return sprintf( __( 'Valid until %s', 'regulars' ), wp_date( get_option( 'date_format' ), $valid_until ) );
}

/**
 * Print the offer above the cart, and why it does not work there now.
 */
function regulars_print_cart_offer() {
	regulars_print_offer();
	$offer = regulars_current_offer();
	if ( ! $offer || ! WC()->cart || regulars_is_used_up( $offer['code'] ) ) {
		return;
	}
	$codes = array_map( 'strval', WC()->cart->get_applied_coupons() );
	$other = regulars_other_codes( $codes, regulars_virtual_code( get_current_user_id() ), $offer['code'] );
	$aside = '';
	if ( array_filter( $other, 'regulars_excludes' ) ) {
		$aside = __( 'Another code is used in this cart. Remove it, and your personal discount works again.', 'regulars' );
	} elseif ( ! WC()->cart->is_empty() && ! regulars_fits_cart( $offer, WC()->cart ) ) {
		$aside = __( 'Your personal discount is not for what is in this cart now.', 'regulars' );
	}
	if ( '' !== $aside ) {
		printf( '<p class="regulars-offer-aside">%s</p>', esc_html( $aside ) );
	}
}

/**
 * The cart block runs none of the classic cart's actions.
 *
 * @param string $html The cart block.
 * @return string
 */
function regulars_before_cart_block( $html ) {
	ob_start();
	regulars_print_cart_offer();
	return ob_get_clean() . $html;
}

/**
 * The blocks show a coupon's code unless a script names it.
 */
function regulars_name_discount() {
	if ( ! regulars_current_offer() ) {
		return;
	}
	$label = array(
		'code'  => regulars_virtual_code( get_current_user_id() ),
		'label' => __( 'Personal discount', 'regulars' ),
	);
	wp_enqueue_script( 'regulars-cart-label', plugins_url( 'assets/cart-label.js', REGULARS_FILE ), array( 'wc-blocks-checkout' ), REGULARS_VERSION, true );
	wp_add_inline_script( 'regulars-cart-label', 'var regularsDiscount = ' . wp_json_encode( $label, JSON_HEX_TAG | JSON_HEX_AMP ) . ';', 'before' );
}

/**
 * The element that asks the Regulars storefront from the shopper's browser.
 *
 * @return string
 */
function regulars_live_html() {
	wp_enqueue_script( 'regulars-storefront', plugins_url( 'assets/storefront.js', REGULARS_FILE ), array(), REGULARS_VERSION, true );
	// Without its nonce the REST API takes everybody for a guest.
	$token = add_query_arg( '_wpnonce', wp_create_nonce( 'wp_rest' ), rest_url( 'regulars/v1/token' ) );
	return sprintf(
		'<regulars-offer class="regulars-offer" endpoint="%s" token-endpoint="%s" lang="%s"></regulars-offer>',
		esc_url( regulars_endpoint() ),
		esc_url( $token ),
		esc_attr( str_replace( '_', '-', determine_locale() ) )
	);
}
