<?php
/**
 * The discount in the cart of the logged-in shopper.
 *
 * Where the offer names the code of a personal coupon, that coupon is put into its owner's cart, and WooCommerce
 * holds it to its limits. Else the discount is a virtual coupon that exists for its owner alone, and only while the
 * metadata says so.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

const REGULARS_MARK    = 'regulars-';
const REGULARS_REMOVED = 'regulars_removed';

/**
 * Follow the cart.
 */
function regulars_hook_discount() {
	add_filter( 'woocommerce_get_shop_coupon_data', 'regulars_coupon_data', 10, 2 );
	add_action( 'woocommerce_cart_loaded_from_session', 'regulars_sync_cart' );
	add_action( 'woocommerce_before_calculate_totals', 'regulars_sync_cart' );
	add_action( 'woocommerce_removed_coupon', 'regulars_note_removal' );
	add_action( 'woocommerce_cart_emptied', 'regulars_forget_removal' );
	add_filter( 'woocommerce_apply_individual_use_coupon', 'regulars_keeps_place', 10, 3 );
	add_filter( 'woocommerce_apply_with_individual_use_coupon', 'regulars_lets_others_in', 10, 3 );
	add_filter( 'woocommerce_cart_totals_coupon_label', 'regulars_coupon_label', 10, 2 );
	add_filter( 'woocommerce_cart_totals_coupon_html', 'regulars_coupon_html', 10, 3 );
}

/**
 * The code of an account's virtual coupon. Nothing secret: it works for that account only, when logged in.
 *
 * @param int $user_id The account.
 * @return string
 */
function regulars_virtual_code( $user_id ) {
	return REGULARS_MARK . (int) $user_id;
}

/**
 * What WooCommerce shall take a code for: the virtual coupon, where the code is the logged-in shopper's own.
 *
 * @param mixed $coupon What another plugin made of the code, false for nothing.
 * @param mixed $code   A code, or whatever else a coupon is looked up by.
 * @return mixed
 */
function regulars_coupon_data( $coupon, $code ) {
	$user_id = get_current_user_id();
	if ( $coupon || ! $user_id || ! is_string( $code ) || strtolower( $code ) !== regulars_virtual_code( $user_id ) ) {
		return $coupon;
	}
	$offer = regulars_current_offer();
	if ( ! $offer || '' !== $offer['code'] ) {
		return $coupon;
	}
	return array(
		'discount_type' => '' === $offer['amount'] ? 'percent' : 'fixed_cart',
		'amount'        => '' === $offer['amount'] ? $offer['percent'] : $offer['amount'],
		'date_expires'  => $offer['valid_until'] ? $offer['valid_until'] : null,
		'description'   => $offer['sentence'],
	) + ( '' === $offer['minimum'] ? array() : array( 'minimum_amount' => $offer['minimum'] ) );
}

/**
 * Put the shopper's discount into the cart, or take it out. It steps aside for every other code.
 *
 * @param WC_Cart $cart The cart.
 */
function regulars_sync_cart( $cart ) {
	$user_id = get_current_user_id();
	if ( ! $user_id ) {
		return;
	}
	$offer   = regulars_current_offer();
	$virtual = regulars_virtual_code( $user_id );
	$code    = $offer ? $offer['code'] : '';
	$applied = array_values( array_map( 'strval', $cart->get_applied_coupons() ) );
	$others  = regulars_other_codes( $applied, $virtual, $code );
	$wanted  = $others;
	// What WooCommerce takes out by itself would count as taken out by the shopper, for good.
	if ( $offer && ! array_filter( $others, 'regulars_excludes' ) && regulars_fits_cart( $offer, $cart ) ) {
		if ( '' === $code ) {
			$wanted[] = $virtual;
		} elseif ( in_array( $code, array_map( 'strtolower', $applied ), true ) || regulars_is_usable( $code, $user_id, $cart ) ) {
			$wanted[] = $code;
		}
	}
	if ( $wanted !== $applied ) {
		$cart->set_applied_coupons( $wanted );
	}
}

/**
 * The codes in a cart that are not the shopper's own discount.
 *
 * @param string[] $applied All of them.
 * @param string   $virtual The code of the virtual coupon.
 * @param string   $code    The code of the personal coupon, '' for none.
 * @return string[]
 */
function regulars_other_codes( $applied, $virtual, $code ) {
	$others = array();
	foreach ( $applied as $one ) {
		if ( ! in_array( strtolower( $one ), array( $virtual, $code ), true ) ) {
			$others[] = $one;
		}
	}
	return $others;
}

/**
 * Whether the discount steps aside for another code.
 *
 * @param string $code A code in the cart.
 * @return bool
 */
function regulars_excludes( $code ) {
	/**
	 * Whether the personal discount may be used together with another code, as with a gift card's.
	 *
	 * @param bool   $combines No, if not said otherwise.
	 * @param string $code     The other code.
	 */
	return ! apply_filters( 'regulars_combines_with', false, $code );
}

/**
 * Whether the personal coupon is this account's by our mark, valid, and was not taken out by the shopper.
 *
 * @param string  $code    Its code.
 * @param int     $user_id The account.
 * @param WC_Cart $cart    The cart.
 * @return bool
 */
function regulars_is_usable( $code, $user_id, $cart ) {
	if ( WC()->session && WC()->session->get( REGULARS_REMOVED ) === $code ) {
		return false;
	}
	$coupon = new WC_Coupon( $code );
	if ( ! $coupon->get_id() || (string) $user_id !== $coupon->get_meta( '_regulars' ) ) {
		return false;
	}
	return regulars_is_valid( $coupon, $cart );
}

/**
 * A personal coupon that the shopper takes out stays out of this cart: it may be kept for another order.
 *
 * @param string $code The code that was removed.
 */
function regulars_note_removal( $code ) {
	$offer = regulars_current_offer();
	if ( $offer && '' !== $offer['code'] && strtolower( (string) $code ) === $offer['code'] && WC()->session ) {
		WC()->session->set( REGULARS_REMOVED, $offer['code'] );
	}
}

/**
 * The next cart is another one.
 */
function regulars_forget_removal() {
	if ( WC()->session ) {
		WC()->session->set( REGULARS_REMOVED, null );
	}
}

/**
 * A code that tolerates no other would take the discount out as the shopper does, for good. It stays for a moment,
 * until it steps aside by itself, and comes back with the next change of the cart.
 *
 * @param string[]  $kept    Codes that stay.
 * @param WC_Coupon $coupon  The new one.
 * @param string[]  $applied All codes in the cart.
 * @return string[]
 */
function regulars_keeps_place( $kept, $coupon, $applied ) {
	$offer   = regulars_current_offer();
	$virtual = regulars_virtual_code( get_current_user_id() );
	if ( ! $offer || in_array( strtolower( $coupon->get_code() ), array( $virtual, $offer['code'] ), true ) ) {
		return $kept;
	}
	return array_merge( $kept, array_diff( $applied, regulars_other_codes( $applied, $virtual, $offer['code'] ) ) );
}

/**
 * The personal coupon was not typed by the shopper, so it must not keep other codes out.
 *
 * @param bool      $may    Whether the new one may be used with the one in the cart.
 * @param WC_Coupon $coupon The new one.
 * @param WC_Coupon $inside The one in the cart.
 * @return bool
 */
function regulars_lets_others_in( $may, $coupon, $inside ) {
	$offer = regulars_current_offer();
	return $may || ( $offer && '' !== $offer['code'] && strtolower( $inside->get_code() ) === $offer['code'] );
}

/**
 * Whether a coupon is the virtual one of whoever is logged in.
 *
 * @param WC_Coupon $coupon A coupon.
 * @return bool
 */
function regulars_is_virtual( $coupon ) {
	$user_id = get_current_user_id();
	return $user_id && strtolower( $coupon->get_code() ) === regulars_virtual_code( $user_id );
}

/**
 * The name of the discount in the classic cart.
 *
 * @param string    $label  WooCommerce's own, escaped.
 * @param WC_Coupon $coupon The coupon.
 * @return string
 */
function regulars_coupon_label( $label, $coupon ) {
	return regulars_is_virtual( $coupon ) ? esc_html__( 'Personal discount', 'regulars' ) : $label;
}

/**
 * The amount of the discount in the classic cart, without a link to remove what would come back at once.
 *
 * @param string    $html   The amount and the link.
 * @param WC_Coupon $coupon The coupon.
 * @param string    $amount The amount alone.
 * @return string
 */
function regulars_coupon_html( $html, $coupon, $amount ) {
	return regulars_is_virtual( $coupon ) ? $amount : $html;
}
