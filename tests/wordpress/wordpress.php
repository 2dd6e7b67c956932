<?php
/**
 * A small WordPress with WooCommerce: it loads the plugin, plays calls of its functions, and prints what came of them.
 *
 * It reads JSON: `user`, `meta` (by user), `options`, `coupons` (by code), `cart` (applied codes), `goods` (by id),
 * `kinds` (names of categories by id), `items` (lists of id and quantity), `taxed`, `rights`, `post`, `get` and `calls`, a list of [function, arguments]. It prints JSON: what each call returned or printed, and the
 * world after them.
 */

declare( strict_types = 1 );
error_reporting( E_ALL );
set_error_handler(
	static function ( $level, $message, $file, $line ) {
		throw new ErrorException( $message, 0, $level, $file, $line );
	}
);

define( 'ABSPATH', '/' );

class WooCommerce {}

class Ended extends Exception {}

class WP_REST_Response {
	public $data;
	public $headers = array();

	public function __construct( $data ) {
		$this->data = $data;
	}

	public function header( $name, $value ) {
		$this->headers[ $name ] = $value;
	}
}

class WC_Coupon {
	private $code;
	private $data;

	public function __construct( $code ) {
		$this->code = $code;
		$this->data = $GLOBALS['world']['coupons'][ $code ] ?? array();
	}

	public function get_code() {
		return $this->code;
	}

	public function get_id() {
		return $this->data ? 7 : 0;
	}

	public function get_meta( $key ) {
		return $this->data['meta'][ $key ] ?? '';
	}

	public function get_usage_limit() {
		return $this->data['usage_limit'] ?? 0;
	}

	public function get_usage_count() {
		return $this->data['usage_count'] ?? 0;
	}

	public function is_good( $subtotal ) {
		return ( $this->data['valid'] ?? true ) && ( $this->data['minimum'] ?? 0 ) <= $subtotal;
	}
}

class WC_Product {
	private $id;
	private $data;

	public function __construct( $id ) {
		$this->id   = $id;
		$this->data = $GLOBALS['world']['goods'][ $id ] ?? array();
	}

	public function get_id() {
		return $this->id;
	}

	public function get_parent_id() {
		return $this->data['parent'] ?? 0;
	}

	public function get_name() {
		return $this->data['name'] ?? '';
	}

	public function is_on_sale() {
		return $this->data['reduced'] ?? false;
	}

	public function price() {
		return $this->data['price'] ?? 0;
	}
}

class WC_Discounts {
	private $cart;

	public function __construct( $cart ) {
		$this->cart = $cart;
	}

	public function is_coupon_valid( $coupon ) {
		return $coupon->is_good( $this->cart->get_subtotal() + $this->cart->get_subtotal_tax() ) ? true : new stdClass();
	}
}

class Cart {
	public $changes = 0;
	private $subtotal = 0.0;
	private $tax = 0.0;

	public function get_subtotal() {
		return $this->subtotal;
	}

	public function set_subtotal( $sum ) {
		$this->subtotal = $sum;
	}

	public function get_subtotal_tax() {
		return $this->tax;
	}

	public function set_subtotal_tax( $sum ) {
		$this->tax = $sum;
	}

	public function display_prices_including_tax() {
		return $GLOBALS['world']['taxed'];
	}

	public function is_empty() {
		return ! $GLOBALS['world']['items'];
	}

	public function get_cart() {
		$items = array();
		foreach ( $GLOBALS['world']['items'] as list( $id, $quantity ) ) {
			$items[] = array(
				'data'     => new WC_Product( $id ),
				'quantity' => $quantity,
			);
		}
		return $items;
	}

	public function get_applied_coupons() {
		return $GLOBALS['world']['cart'];
	}

	public function set_applied_coupons( $codes ) {
		++$this->changes;
		$GLOBALS['world']['cart'] = $codes;
	}
}

class Session {
	public function get( $key ) {
		return $GLOBALS['world']['session'][ $key ] ?? null;
	}

	public function set( $key, $value ) {
		$GLOBALS['world']['session'][ $key ] = $value;
	}
}

class Shop {
	public $cart;
	public $session;

	public function __construct() {
		$this->cart    = new Cart();
		$this->session = new Session();
	}
}

function WC() {
	static $shop;
	$shop = $shop ?? new Shop();
	return $shop;
}

function add_filter( $hook, $callback, $priority = 10, $arguments = 1 ) {
	$GLOBALS['hooks'][ $hook ][] = array( $callback, $arguments );
}

function add_action( $hook, $callback, $priority = 10, $arguments = 1 ) {
	add_filter( $hook, $callback, $priority, $arguments );
}

function apply_filters( $hook, $value, ...$more ) {
	foreach ( $GLOBALS['hooks'][ $hook ] ?? array() as list( $callback, $arguments ) ) {
		$value = $callback( ...array_slice( array( $value, ...$more ), 0, $arguments ) );
	}
	return $value;
}

function do_action( $hook, ...$given ) {
	foreach ( $GLOBALS['hooks'][ $hook ] ?? array() as list( $callback, $arguments ) ) {
		$callback( ...array_slice( $given, 0, $arguments ) );
	}
}

function add_shortcode( $name, $callback ) {
	$GLOBALS['shortcodes'][ $name ] = $callback;
}

function shortcode_atts( $defaults, $given ) {
	return array_merge( $defaults, array_intersect_key( (array) $given, $defaults ) );
}

function register_rest_route( $space, $route, $options ) {
	$GLOBALS['routes'][ $space . $route ] = $options;
}

function register_block_type( $folder, $options ) {
	$GLOBALS['blocks'][] = json_decode( file_get_contents( $folder . '/block.json' ), true )['name'];
}

function get_current_user_id() {
	return $GLOBALS['world']['user'];
}

function is_user_logged_in() {
	return 0 !== get_current_user_id();
}

function get_user_meta( $user, $key, $single ) {
	return $GLOBALS['world']['meta'][ (string) $user ][ $key ] ?? '';
}

function delete_metadata( $type, $id, $key, $value, $all ) {
	foreach ( $GLOBALS['world']['meta'] as $user => $meta ) {
		unset( $GLOBALS['world']['meta'][ $user ][ $key ] );
	}
}

function get_option( $name, $default = false ) {
	return $GLOBALS['world']['options'][ $name ] ?? $default;
}

function update_option( $name, $value, $autoload = true ) {
	$GLOBALS['world']['options'][ $name ]  = $value;
	$GLOBALS['world']['autoload'][ $name ] = $autoload;
}

function delete_option( $name ) {
	unset( $GLOBALS['world']['options'][ $name ] );
}

function current_user_can( $capability ) {
	return in_array( $capability, $GLOBALS['world']['rights'], true );
}

function check_admin_referer( $action ) {
	if ( ( $_POST['_wpnonce'] ?? '' ) !== 'nonce of ' . $action ) {
		throw new Ended( '403' );
	}
}

function wp_die( $message, $title, $options ) {
	throw new Ended( (string) $options['response'] );
}

function wp_safe_redirect( $address ) {
	throw new Ended( $address );
}

function esc_html( $text ) {
	return htmlspecialchars( (string) $text, ENT_QUOTES, 'UTF-8' );
}

function esc_attr( $text ) {
	return esc_html( $text );
}

function esc_url( $address ) {
	return esc_html( esc_url_raw( $address, array( 'http', 'https' ) ) );
}

function esc_url_raw( $address, $protocols ) {
	return in_array( parse_url( $address, PHP_URL_SCHEME ), $protocols, true ) ? $address : '';
}

function wp_parse_url( $address, $part ) {
	return parse_url( $address, $part );
}

function __( $text, $domain ) {
	return $text;
}

function esc_html__( $text, $domain ) {
	return esc_html( $text );
}

function esc_attr__( $text, $domain ) {
	return esc_attr( $text );
}

function sanitize_text_field( $text ) {
	return trim( strip_tags( $text ) );
}

function sanitize_key( $text ) {
	return preg_replace( '/[^a-z0-9_-]/', '', strtolower( $text ) );
}

function wp_unslash( $text ) {
	return stripslashes( $text );
}

function wp_json_encode( $value, $options = 0 ) {
	return json_encode( $value, $options );
}

function number_format_i18n( $number, $decimals ) {
	return number_format( $number, $decimals );
}

function wp_date( $format, $moment ) {
	return gmdate( 'Y-m-d', $moment );
}

function add_query_arg( ...$given ) {
	list( $query, $address ) = is_array( $given[0] ) ? $given : array( array( $given[0] => $given[1] ), $given[2] );
	return $address . '?' . http_build_query( $query );
}

function get_block_wrapper_attributes() {
	return 'class="wp-block-regulars-offer"';
}

function wc_get_page_permalink( $page ) {
	return 'https://shop.example.com/' . $page;
}

function rest_url( $path ) {
	return 'https://shop.example.com/wp-json/' . $path;
}

function admin_url( $path ) {
	return 'https://shop.example.com/wp-admin/' . $path;
}

function get_woocommerce_currency() {
	return 'UAH';
}

function wc_get_price_decimals() {
	return 2;
}

function wc_price( $amount ) {
	return '<span><bdi>' . number_format( $amount, 2 ) . '&nbsp;<span>&#8372;</span></bdi></span>';
}

function wp_strip_all_tags( $text ) {
	return trim( strip_tags( $text ) );
}

function wc_get_price_excluding_tax( $product, $asked ) {
	return $product->price() * $asked['qty'];
}

function wc_get_price_including_tax( $product, $asked ) {
	return 1.2 * wc_get_price_excluding_tax( $product, $asked );
}

function wc_get_product_cat_ids( $id ) {
	return $GLOBALS['world']['goods'][ $id ]['kinds'] ?? array();
}

function wc_get_product( $id ) {
	return isset( $GLOBALS['world']['goods'][ $id ] ) ? new WC_Product( $id ) : false;
}

function get_term( $id, $taxonomy ) {
	$name = $GLOBALS['world']['kinds'][ $id ] ?? null;
	return null === $name ? null : (object) array( 'name' => $name );
}

function is_wp_error( $thing ) {
	return false;
}

function plugins_url( $path, $file ) {
	return 'https://shop.example.com/wp-content/plugins/regulars/' . $path;
}

function wp_enqueue_script( $handle ) {
	$GLOBALS['scripts'][] = $handle;
}

function wp_add_inline_script( $handle, $script, $position ) {}

function wp_create_nonce( $action ) {
	return 'nonce of ' . $action;
}

function wp_nonce_field( $action ) {
	printf( '<input type="hidden" name="_wpnonce" value="%s">', wp_create_nonce( $action ) );
}

function wc_maybe_define_constant( $name, $value ) {
	$GLOBALS['constants'][ $name ] = $value;
}

function determine_locale() {
	return 'uk';
}

function add_submenu_page( ...$given ) {
	$GLOBALS['pages'][] = $given[3];
}

function submit_button() {}

function load_plugin_textdomain( ...$given ) {}

function plugin_basename( $file ) {
	return 'regulars/regulars.php';
}

function is_admin() {
	return true;
}

function is_multisite() {
	return false;
}

if ( ! function_exists( 'mb_substr' ) ) {
	// WordPress brings its own where PHP has none.
	function mb_substr( $text, $start, $length ) {
		return preg_match( '/\A.{0,' . $length . '}/us', $text, $found ) ? $found[0] : '';
	}
}

/**
 * WooCommerce calculates: the codes in the cart after it.
 */
function calculated_cart() {
	do_action( 'woocommerce_before_calculate_totals', WC()->cart );
	return WC()->cart->get_applied_coupons();
}

/**
 * The shopper takes a code out of the cart.
 */
function removed( $code ) {
	WC()->cart->set_applied_coupons( array_values( array_diff( WC()->cart->get_applied_coupons(), array( $code ) ) ) );
	do_action( 'woocommerce_removed_coupon', $code );
	return calculated_cart();
}

/**
 * What a code is to WooCommerce.
 */
function looked_up( $code ) {
	return apply_filters( 'woocommerce_get_shop_coupon_data', false, $code, null );
}

/**
 * Whether a coupon discounts a product, and the whole cart.
 */
function discounts( $code, $id, $before ) {
	$coupon = new WC_Coupon( $code );
	return array(
		apply_filters( 'woocommerce_coupon_is_valid_for_product', $before, new WC_Product( $id ), $coupon, array() ),
		apply_filters( 'woocommerce_coupon_is_valid_for_cart', $before, $coupon ),
	);
}

/**
 * The shopper has other goods in the cart now, and WooCommerce calculates.
 */
function cart_of( $items ) {
	$GLOBALS['world']['items'] = $items;
	WC()->cart->set_subtotal( 0 );
	WC()->cart->set_subtotal_tax( 0 );
	return calculated_cart();
}

/**
 * Which codes stay when one that tolerates no other comes, and whether it may come.
 */
function tolerated( $code ) {
	$coupon = new WC_Coupon( $code );
	$inside = WC()->cart->get_applied_coupons();
	$kept   = apply_filters( 'woocommerce_apply_individual_use_coupon', array(), $coupon, $inside );
	$may    = apply_filters( 'woocommerce_apply_with_individual_use_coupon', false, $coupon, new WC_Coupon( $inside[0] ) );
	return array( $kept, $may );
}

/**
 * What stands on a page.
 */
function printed_by( $function ) {
	ob_start();
	$function();
	return ob_get_clean();
}

function shortcode( $attributes ) {
	return $GLOBALS['shortcodes']['regulars_offer']( $attributes );
}

function cart_row( $code ) {
	$coupon = new WC_Coupon( $code );
	return array(
		apply_filters( 'woocommerce_cart_totals_coupon_label', 'Coupon: ' . $code, $coupon ),
		apply_filters( 'woocommerce_cart_totals_coupon_html', '-1 <a>Remove</a>', $coupon, '-1' ),
	);
}

function combine_with( $code ) {
	add_filter(
		'regulars_combines_with',
		static function ( $combines, $other ) use ( $code ) {
			return $combines || $other === $code;
		},
		10,
		2
	);
}

function define_key( $key ) {
	define( 'REGULARS_STOREFRONT_KEY', $key );
}

function uninstall() {
	define( 'WP_UNINSTALL_PLUGIN', 'regulars/regulars.php' );
	include getenv( 'REGULARS_PLUGIN' ) . '/uninstall.php';
}

function noticed() {
	return array(
		'routes'     => array_keys( $GLOBALS['routes'] ?? array() ),
		'blocks'     => $GLOBALS['blocks'] ?? array(),
		'shortcodes' => array_keys( $GLOBALS['shortcodes'] ?? array() ),
		'pages'      => $GLOBALS['pages'] ?? array(),
		'constants'  => $GLOBALS['constants'] ?? array(),
	);
}

$world = json_decode( stream_get_contents( STDIN ), true, 64, JSON_THROW_ON_ERROR );
$_POST = $world['post'];
$_GET  = $world['get'];

require getenv( 'REGULARS_PLUGIN' ) . '/regulars.php';
do_action( 'plugins_loaded' );

$answers = array();
foreach ( $world['calls'] as list( $function, $given ) ) {
	try {
		$answers[] = $function( ...$given );
	} catch ( Ended $ended ) {
		$answers[] = array( 'ended' => $ended->getMessage() );
	}
}
unset( $world['calls'], $world['post'], $world['get'] );
echo json_encode(
	array(
		'answers' => $answers,
		'world'   => $world,
	),
	JSON_THROW_ON_ERROR
);
