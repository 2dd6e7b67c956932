<?php
/**
 * The settings page: WooCommerce → Regulars.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

const REGULARS_CAPABILITY = 'manage_woocommerce';
const REGULARS_PAGE       = 'regulars';
const REGULARS_SAVE       = 'regulars_save';

/**
 * Take a place in the menu.
 */
function regulars_hook_admin() {
	add_action( 'admin_menu', 'regulars_add_page', 60 );
	add_action( 'admin_post_' . REGULARS_SAVE, 'regulars_save_page' );
}

/**
 * The entry under WooCommerce.
 */
function regulars_add_page() {
	add_submenu_page( 'woocommerce', 'Regulars', 'Regulars', REGULARS_CAPABILITY, REGULARS_PAGE, 'regulars_print_page' );
}

/**
 * Keep what was sent, and go back to the page.
 */
function regulars_save_page() {
	if ( ! current_user_can( REGULARS_CAPABILITY ) ) {
		wp_die( esc_html__( 'You may not change these settings.', 'regulars' ), '', array( 'response' => 403 ) );
	}
	check_admin_referer( REGULARS_SAVE );
	// phpcs:ignore WordPress.Security.ValidatedSanitizedInput.InputNotSanitized -- a key is kept as it is, or refused.
	$key     = isset( $_POST['regulars_key'] ) && is_string( $_POST['regulars_key'] ) ? trim( wp_unslash( $_POST['regulars_key'] ) ) : '';
	$problem = regulars_keep( regulars_posted( 'regulars_shop' ), regulars_posted( 'regulars_endpoint' ), $key );
	if ( ! empty( $_POST['regulars_forget_key'] ) ) {
		delete_option( REGULARS_KEY_OPTION );
	}
	$said = array(
		'page'           => REGULARS_PAGE,
		'regulars_saved' => '' === $problem ? 'yes' : $problem,
	);
	wp_safe_redirect( add_query_arg( $said, admin_url( 'admin.php' ) ) );
	exit;
}

/**
 * A field that was sent, as one line of text.
 *
 * @param string $name The field.
 * @return string
 */
function regulars_posted( $name ) {
	// phpcs:ignore WordPress.Security.NonceVerification.Missing -- checked before by regulars_save_page().
	return isset( $_POST[ $name ] ) && is_string( $_POST[ $name ] ) ? sanitize_text_field( wp_unslash( $_POST[ $name ] ) ) : '';
}

/**
 * Keep the settings. An empty key leaves the one that is kept, since the field never shows it.
 *
 * @param string $shop     The shop's name in Regulars.
 * @param string $endpoint The storefront's address, '' for none.
 * @param string $key      A new key, '' for the old one.
 * @return string '' when all is kept, else what was wrong: `endpoint` or `key`. Then nothing is kept.
 */
function regulars_keep( $shop, $endpoint, $key ) {
	// Shoppers' tokens travel there: without TLS within this machine only.
	$local   = in_array( wp_parse_url( $endpoint, PHP_URL_HOST ), array( 'localhost', '127.0.0.1' ), true );
	$address = esc_url_raw( $endpoint, $local ? array( 'https', 'http' ) : array( 'https' ) );
	if ( '' !== $endpoint && ( '' === $address || ! wp_parse_url( $address, PHP_URL_HOST ) ) ) {
		return 'endpoint';
	}
	if ( '' !== $key && ! preg_match( '/\A[\x21-\x7e]{' . REGULARS_LEAST_KEY_LENGTH . ',500}\z/', $key ) ) {
		return 'key';
	}
	$settings = array(
		'shop'     => $shop,
		'endpoint' => $address,
	);
	update_option( REGULARS_SETTINGS, $settings );
	if ( '' !== $key ) {
		update_option( REGULARS_KEY_OPTION, $key, false );
	}
	return '';
}

/**
 * The page.
 */
function regulars_print_page() {
	if ( ! current_user_can( REGULARS_CAPABILITY ) ) {
		return;
	}
	echo '<div class="wrap"><h1>Regulars</h1>';
	regulars_print_notice();
	printf( '<form method="post" action="%s">', esc_url( admin_url( 'admin-post.php' ) ) );
	printf( '<input type="hidden" name="action" value="%s">', esc_attr( REGULARS_SAVE ) );
	wp_nonce_field( REGULARS_SAVE );
	echo '<table class="form-table" role="presentation">';
	regulars_print_field( 'regulars_shop', 'text', __( 'Shop name in Regulars', 'regulars' ), regulars_shop(), __( 'As `regulars shop list` prints it.', 'regulars' ) );
	regulars_print_field( 'regulars_endpoint', 'url', __( 'Storefront address', 'regulars' ), regulars_endpoint(), __( 'Needed only for pages that fetch the offer themselves: [regulars_offer live="1"]. Without it everything is rendered here.', 'regulars' ) );
	if ( regulars_key_is_constant() ) {
		printf( '<tr><th scope="row">%s</th><td>%s</td></tr>', esc_html__( 'Storefront key', 'regulars' ), esc_html__( 'Set in wp-config.php as REGULARS_STOREFRONT_KEY.', 'regulars' ) );
	} else {
		regulars_print_field( 'regulars_key', 'password', __( 'Storefront key', 'regulars' ), '', regulars_key_hint() );
		printf( '<tr><th scope="row"></th><td><label><input type="checkbox" name="regulars_forget_key" value="1"> %s</label></td></tr>', esc_html__( 'Forget the key', 'regulars' ) );
	}
	echo '</table>';
	submit_button();
	echo '</form></div>';
}

/**
 * What happened to what was sent.
 */
function regulars_print_notice() {
	// phpcs:ignore WordPress.Security.NonceVerification.Recommended -- chooses among fixed words, changes nothing.
	$said  = isset( $_GET['regulars_saved'] ) ? sanitize_key( wp_unslash( $_GET['regulars_saved'] ) ) : '';
	$words = array(
		'yes'      => __( 'Saved.', 'regulars' ),
		'endpoint' => __( 'Nothing was saved: the storefront address must begin with https:// and name a host.', 'regulars' ),
		'key'      => __( 'Nothing was saved: the storefront key is too short. Paste the whole of it.', 'regulars' ),
	);
	if ( isset( $words[ $said ] ) ) {
		printf( '<div class="notice notice-%s"><p>%s</p></div>', 'yes' === $said ? 'success' : 'error', esc_html( $words[ $said ] ) );
	}
}

/**
 * What to put into the field of the key.
 *
 * @return string
 */
function regulars_key_hint() {
	return '' === regulars_storefront_key()
		? __( 'Paste what `regulars shop plugin NAME --show-key` prints.', 'regulars' )
		: __( 'A key is kept. It is not shown; leave this empty to go on using it.', 'regulars' );
}

/**
 * A row of the form.
 *
 * @param string $name  The field's name.
 * @param string $type  text, url or password.
 * @param string $label The label.
 * @param string $value What is in it.
 * @param string $hint  The text below.
 */
function regulars_print_field( $name, $type, $label, $value, $hint ) {
	printf(
		'<tr><th scope="row"><label for="%1$s">%2$s</label></th><td><input class="regular-text" id="%1$s" name="%1$s" type="%3$s" value="%4$s" autocomplete="off"><p class="description">%5$s</p></td></tr>',
		esc_attr( $name ),
		esc_html( $label ),
		esc_attr( $type ),
		esc_attr( $value ),
		esc_html( $hint )
	);
}
