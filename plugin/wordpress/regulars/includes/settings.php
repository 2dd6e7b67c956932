<?php
/**
 * What the owner has set: the shop's name in Regulars, the storefront's address, and the key.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

const REGULARS_SETTINGS   = 'regulars_settings';
const REGULARS_KEY_OPTION = 'regulars_storefront_key';

/**
 * One of the settings that are no secret.
 *
 * @param string $name `shop` or `endpoint`.
 * @return string
 */
function regulars_setting( $name ) {
	$settings = get_option( REGULARS_SETTINGS, array() );
	return is_array( $settings ) && isset( $settings[ $name ] ) && is_string( $settings[ $name ] ) ? $settings[ $name ] : '';
}

/**
 * The shop's name in Regulars; as the plugin was made for, unless set otherwise.
 *
 * @return string
 */
function regulars_shop() {
	$set = regulars_setting( 'shop' );
	if ( '' !== $set ) {
		return $set;
	}
	$file = dirname( REGULARS_FILE ) . '/shop.php';
	$made = is_readable( $file ) ? include $file : '';
	return is_string( $made ) ? $made : '';
}

/**
 * The address of the Regulars storefront, '' for none.
 *
 * @return string
 */
function regulars_endpoint() {
	return regulars_setting( 'endpoint' );
}

/**
 * Whether `wp-config.php` holds the key; it wins over the one that was pasted in.
 *
 * @return bool
 */
function regulars_key_is_constant() {
	return defined( 'REGULARS_STOREFRONT_KEY' );
}

/**
 * The key that signs tokens, '' for none. It is never shown.
 *
 * @return string
 */
function regulars_storefront_key() {
	$key = regulars_key_is_constant() ? constant( 'REGULARS_STOREFRONT_KEY' ) : get_option( REGULARS_KEY_OPTION, '' );
	return is_string( $key ) ? $key : '';
}

/**
 * Whether pages can ask the Regulars storefront.
 *
 * @return bool
 */
function regulars_is_live() {
	return '' !== regulars_endpoint() && '' !== regulars_shop() && '' !== regulars_storefront_key();
}
