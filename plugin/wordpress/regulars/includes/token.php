<?php
/**
 * The token with which this shop says who is logged in: a JSON Web Token, HS256, for five minutes.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

const REGULARS_ISSUER           = 'regulars-storefront';
const REGULARS_TOKEN_SECONDS    = 300;
const REGULARS_LEAST_KEY_LENGTH = 32;

/**
 * A token for an account of this shop.
 *
 * @param int    $user_id The account.
 * @param string $shop    The shop's name in Regulars.
 * @param string $key     The shop's storefront key.
 * @param int    $now     Seconds since 1970.
 * @return string '' for a guest, and where the shop's name or a long enough key is missing.
 */
function regulars_token( $user_id, $shop, $key, $now ) {
	if ( $user_id <= 0 || '' === $shop || strlen( $key ) < REGULARS_LEAST_KEY_LENGTH ) {
		return '';
	}
	$claims = array(
		'iss' => REGULARS_ISSUER,
		'aud' => $shop,
		'sub' => (string) $user_id,
		'iat' => $now,
		'exp' => $now + REGULARS_TOKEN_SECONDS,
	);
	$header = array(
		'alg' => 'HS256',
		'typ' => 'JWT',
	);
	$signed = regulars_base64url( (string) wp_json_encode( $header ) ) . '.' . regulars_base64url( (string) wp_json_encode( $claims ) );
	return $signed . '.' . regulars_base64url( hash_hmac( 'sha256', $signed, $key, true ) );
}

/**
 * Base64 for addresses, without padding.
 *
 * @param string $bytes Any.
 * @return string
 */
function regulars_base64url( $bytes ) {
	// phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions.obfuscation_base64_encode -- the token's own encoding.
	return rtrim( strtr( base64_encode( $bytes ), '+/', '-_' ), '=' );
}
