<?php
/**
 * What the discount is: a bare percentage, or terms, which say its sum, its goods and the smallest order.
 *
 * Terms are one label of JSON, just as Regulars prints it. One that reads otherwise in any way gives no discount, so
 * that a discount on a few goods never becomes one on everything.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

const REGULARS_GOODS_LISTS = array( 'products', 'categories', 'except_products', 'except_categories' );
const REGULARS_MOST_IDS    = 1000;

/**
 * What an account's labels give. Terms count before a bare percentage.
 *
 * @param int $user_id The account.
 * @return array|null `percent`, `amount`, `minimum` and `goods`. Null for nothing.
 */
function regulars_terms_of( $user_id ) {
	$said = get_user_meta( $user_id, 'regulars_terms', true );
	if ( '' !== $said ) {
		return regulars_terms( $said, get_woocommerce_currency() );
	}
	$percent = regulars_percent( get_user_meta( $user_id, 'regulars_discount', true ) );
	return '' === $percent ? null : regulars_plain_terms( $percent );
}

/**
 * The terms of a percentage on everything.
 *
 * @param string $percent A decimal number.
 * @return array
 */
function regulars_plain_terms( $percent ) {
	return array(
		'percent' => $percent,
		'amount'  => '',
		'minimum' => '',
		'goods'   => array(),
	);
}

/**
 * Terms as Regulars prints them: `{"amount":"100.00","currency":"UAH","goods":{"categories":[3]},"minimum":"500.00"}`,
 * or `percent` instead of `amount`.
 *
 * @param mixed  $value    What the metadata holds.
 * @param string $currency The shop's.
 * @return array|null `percent` or `amount`, the other one empty; `minimum`, empty for none; `goods`, lists of ids by
 *                    name, and `reduced`, where it is false. Null for what cannot be read.
 */
function regulars_terms( $value, $currency ) {
	$said = is_string( $value ) ? json_decode( $value, true, 4 ) : null;
	if ( ! is_array( $said ) || ! $said || regulars_canonical( $said ) !== $value ) {
		return null;
	}
	$unknown = array_diff( array_keys( $said ), array( 'amount', 'currency', 'goods', 'minimum', 'percent' ) );
	$sums    = array_intersect_key( $said, array_flip( array( 'amount', 'minimum' ) ) );
	$goods   = array_key_exists( 'goods', $said ) ? regulars_goods( $said['goods'] ) : array();
	if ( $unknown || array_key_exists( 'amount', $said ) === array_key_exists( 'percent', $said ) || null === $goods ) {
		return null;
	}
	$stated = array_key_exists( 'currency', $said ) ? $said['currency'] : null;
	if ( ( $sums ? $currency : null ) !== $stated || array_diff_key( $sums, array_filter( $sums, 'regulars_is_sum' ) ) ) {
		return null;
	}
	$percent = array_key_exists( 'percent', $said ) ? regulars_percent( $said['percent'] ) : '';
	if ( '' === $percent && ! isset( $sums['amount'] ) ) {
		return null;
	}
	return array(
		'percent' => $percent,
		'amount'  => isset( $sums['amount'] ) ? $sums['amount'] : '',
		'minimum' => isset( $sums['minimum'] ) ? $sums['minimum'] : '',
		'goods'   => $goods,
	);
}

/**
 * JSON with sorted keys and without spaces.
 *
 * @param array $said What was read.
 * @return string
 */
function regulars_canonical( $said ) {
	ksort( $said, SORT_STRING );
	if ( isset( $said['goods'] ) && is_array( $said['goods'] ) ) {
		ksort( $said['goods'], SORT_STRING );
	}
	return (string) wp_json_encode( $said );
}

/**
 * A sum above 0 with two decimals.
 *
 * @param mixed $value What was read.
 * @return bool
 */
function regulars_is_sum( $value ) {
	return is_string( $value ) && preg_match( '/\A\d{1,10}\.\d\d\z/', $value ) && (float) $value > 0;
}

/**
 * Which goods the discount is for.
 *
 * @param mixed $said What was read.
 * @return array|null The same; null for what cannot be read.
 */
function regulars_goods( $said ) {
	if ( ! is_array( $said ) || ! $said || array_diff( array_keys( $said ), REGULARS_GOODS_LISTS, array( 'reduced' ) ) ) {
		return null;
	}
	$ids = array();
	foreach ( array_intersect_key( $said, array_flip( REGULARS_GOODS_LISTS ) ) as $list ) {
		if ( ! is_array( $list ) || ! $list || array_keys( $list ) !== array_keys( array_values( $list ) ) ) {
			return null;
		}
		$ids = array_merge( $ids, $list );
	}
	$right   = array_filter( $ids, 'regulars_is_id' );
	$reduced = ! array_key_exists( 'reduced', $said ) || false === $said['reduced'];
	return $reduced && count( $right ) === count( $ids ) && count( $ids ) <= REGULARS_MOST_IDS ? $said : null;
}

/**
 * The number of a product or a category.
 *
 * @param mixed $value What was read.
 * @return bool
 */
function regulars_is_id( $value ) {
	return is_int( $value ) && $value > 0;
}
