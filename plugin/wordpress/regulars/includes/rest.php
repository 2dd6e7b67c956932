<?php
/**
 * The routes of `regulars/v1`. That the namespace is there tells Regulars that metadata alone gives the discount.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

const REGULARS_NAMESPACE = 'regulars/v1';

/**
 * Register both routes. Both are open: one says nothing of anybody, the other speaks to each of themselves only.
 */
function regulars_register_routes() {
	$routes = array(
		'/status' => 'regulars_status',
		'/token'  => 'regulars_current_token',
	);
	foreach ( $routes as $route => $callback ) {
		register_rest_route(
			REGULARS_NAMESPACE,
			$route,
			array(
				'methods'             => 'GET',
				'callback'            => $callback,
				'permission_callback' => '__return_true',
			)
		);
	}
}

/**
 * What this plugin is, and which metadata it obeys.
 *
 * @return WP_REST_Response
 */
function regulars_status() {
	return new WP_REST_Response(
		array(
			'version' => REGULARS_VERSION,
			'labels'  => REGULARS_LABELS,
		)
	);
}

/**
 * The token of whoever is logged in; an empty one for a guest, and where the settings are not complete.
 *
 * @return WP_REST_Response
 */
function regulars_current_token() {
	$token    = regulars_token( get_current_user_id(), regulars_shop(), regulars_storefront_key(), time() );
	$response = new WP_REST_Response( array( 'token' => $token ) );
	$response->header( 'Cache-Control', 'private, no-store' );
	$response->header( 'Vary', 'Cookie' );
	return $response;
}
