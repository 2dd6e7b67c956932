<?php
/**
 * Plugin Name: Regulars
 * Description: Shows each logged-in shopper their personal discount and its reason, and applies it in the cart.
 * Version: 0.1.0
 * Requires at least: 6.3
 * Requires PHP: 7.4
 * Requires Plugins: woocommerce
 * WC requires at least: 8.0
 * License: BSD-3-Clause
 * License URI: https://opensource.org/license/bsd-3-clause
 * Text Domain: regulars
 * Domain Path: /languages
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

define( 'REGULARS_VERSION', '0.1.0' );
define( 'REGULARS_FILE', __FILE__ );

require_once __DIR__ . '/includes/terms.php';
require_once __DIR__ . '/includes/goods.php';
require_once __DIR__ . '/includes/offer.php';
require_once __DIR__ . '/includes/settings.php';
require_once __DIR__ . '/includes/discount.php';
require_once __DIR__ . '/includes/words.php';
require_once __DIR__ . '/includes/display.php';
require_once __DIR__ . '/includes/token.php';
require_once __DIR__ . '/includes/rest.php';
require_once __DIR__ . '/includes/admin.php';

add_action( 'before_woocommerce_init', 'regulars_declare_compatibility' );
add_action( 'plugins_loaded', 'regulars_start' );

/**
 * Orders are never read past WooCommerce's own functions, and the cart block is served, too.
 */
function regulars_declare_compatibility() {
	if ( class_exists( '\Automattic\WooCommerce\Utilities\FeaturesUtil' ) ) {
		\Automattic\WooCommerce\Utilities\FeaturesUtil::declare_compatibility( 'custom_order_tables', REGULARS_FILE, true );
		\Automattic\WooCommerce\Utilities\FeaturesUtil::declare_compatibility( 'cart_checkout_blocks', REGULARS_FILE, true );
	}
}

/**
 * Without WooCommerce there is no cart, and the API must not promise a discount.
 */
function regulars_start() {
	if ( ! class_exists( 'WooCommerce' ) ) {
		return;
	}
	add_action( 'init', 'regulars_load_translations' );
	regulars_hook_discount();
	regulars_hook_goods();
	regulars_hook_display();
	add_action( 'rest_api_init', 'regulars_register_routes' );
	if ( is_admin() ) {
		regulars_hook_admin();
	}
}

/**
 * The translations that come with the plugin.
 */
function regulars_load_translations() {
	load_plugin_textdomain( 'regulars', false, dirname( plugin_basename( REGULARS_FILE ) ) . '/languages' );
}
