<?php
/**
 * The offer of a customer, read from the customer's own metadata.
 *
 * Regulars writes that metadata through WooCommerce's API. Whatever else may have been written there is taken for
 * untrusted: what cannot be read gives no discount.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

const REGULARS_LABELS      = array(
	'regulars_level',
	'regulars_discount',
	'regulars_sentence',
	'regulars_next_step',
	'regulars_code',
	'regulars_valid_until',
	'regulars_terms',
);
const REGULARS_LONGEST_TEXT = 500;

/**
 * The offer that an account has at a moment.
 *
 * @param int $user_id The account; 0 for a guest.
 * @param int $now     Seconds since 1970.
 * @return array|null `percent` or `amount` (decimal numbers as text, one of them empty), `minimum` (empty for
 *                    none), `goods` (see regulars_terms), `level`, `sentence`, `next_step`, `code` (all may be
 *                    empty) and `valid_until` (seconds since 1970, 0 for no end). Null for no offer.
 */
function regulars_offer( $user_id, $now ) {
	if ( $user_id <= 0 ) {
		return null;
	}
	$terms       = regulars_terms_of( $user_id );
	$valid_until = regulars_moment( get_user_meta( $user_id, 'regulars_valid_until', true ) );
	if ( ! $terms || null === $valid_until || ( $valid_until && $valid_until <= $now ) ) {
		return null;
	}
	return $terms + array(
		'level'       => regulars_text( get_user_meta( $user_id, 'regulars_level', true ) ),
		'sentence'    => regulars_text( get_user_meta( $user_id, 'regulars_sentence', true ) ),
		'next_step'   => regulars_text( get_user_meta( $user_id, 'regulars_next_step', true ) ),
		'code'        => regulars_code( get_user_meta( $user_id, 'regulars_code', true ) ),
		'valid_until' => $valid_until,
	);
}

/**
 * The offer of whoever is logged in now.
 *
 * @return array|null
 */
function regulars_current_offer() {
	return regulars_offer( get_current_user_id(), time() );
}

/**
 * A percentage above 0 and up to 100 with at most two decimals, as Regulars prints it; '' for anything else.
 *
 * @param mixed $value What the metadata holds.
 * @return string
 */
function regulars_percent( $value ) {
	if ( ! is_string( $value ) || ! preg_match( '/\A\d{1,3}(?:\.\d{1,2})?\z/', $value ) ) {
		return '';
	}
	if ( (float) $value <= 0 || (float) $value > 100 ) {
		return '';
	}
	$plain = ltrim( $value, '0' );
	if ( false !== strpos( $plain, '.' ) ) {
		$plain = rtrim( rtrim( $plain, '0' ), '.' );
	}
	return '.' === $plain[0] ? '0' . $plain : $plain;
}

/**
 * A time in UTC as `2026-01-31T22:00:00Z`.
 *
 * @param mixed $value What the metadata holds.
 * @return int|null Seconds since 1970, 0 where there is none, null for what cannot be read.
 */
function regulars_moment( $value ) {
	if ( '' === $value ) {
		return 0;
	}
	if ( ! is_string( $value ) || ! preg_match( '/\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\z/', $value ) ) {
		return null;
	}
	$moment = DateTimeImmutable::createFromFormat( '!Y-m-d\TH:i:s\Z', $value, new DateTimeZone( 'UTC' ) );
	// The 31st of a shorter month would be read as a day of the next.
	if ( ! $moment || $moment->format( 'Y-m-d\TH:i:s\Z' ) !== $value || $moment->getTimestamp() <= 0 ) {
		return null;
	}
	return $moment->getTimestamp();
}

/**
 * One line of plain text; not yet escaped.
 *
 * @param mixed $value What the metadata holds.
 * @return string '' for what is no text.
 */
function regulars_text( $value ) {
	if ( ! is_string( $value ) ) {
		return '';
	}
	// Control characters, and those that turn the direction of the text around them. Null for broken UTF-8.
	$line = preg_replace( '/[\p{Cc}\x{202A}-\x{202E}\x{2066}-\x{2069}]+/u', ' ', $value );
	return null === $line ? '' : trim( mb_substr( $line, 0, REGULARS_LONGEST_TEXT ) );
}

/**
 * The code of the personal coupon, '' where the discount needs none.
 *
 * @param mixed $value What the metadata holds.
 * @return string
 */
function regulars_code( $value ) {
	return is_string( $value ) && preg_match( '/\A[A-Za-z0-9_-]{1,100}\z/', $value ) ? strtolower( $value ) : '';
}
