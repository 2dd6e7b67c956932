<?php
/**
 * The discount and its terms in words.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

const REGULARS_MOST_NAMES = 6;

/**
 * The discount, where no reason was written.
 *
 * @param array $offer The offer.
 * @return string
 */
function regulars_plain_sentence( $offer ) {
	if ( '' !== $offer['amount'] ) {
		/* translators: %s: a sum of money */
		return sprintf( __( 'Your personal discount: %s.', 'regulars' ), regulars_money( $offer['amount'] ) );
	}
	$dot      = strpos( $offer['percent'], '.' );
	$decimals = false === $dot ? 0 : strlen( $offer['percent'] ) - $dot - 1;
	$number   = number_format_i18n( (float) $offer['percent'], $decimals );
	/* translators: %s: a number; the sign %% stands for one percent sign */
	return sprintf( __( 'Your personal discount: %s %%.', 'regulars' ), $number );
}

/**
 * A sum as the shop shows prices; not yet escaped.
 *
 * @param string $amount A decimal number.
 * @return string
 */
function regulars_money( $amount ) {
	return html_entity_decode( wp_strip_all_tags( wc_price( (float) $amount ) ), ENT_QUOTES, 'UTF-8' );
}

/**
 * Each of the terms as a sentence, by what it is about; not yet escaped.
 *
 * @param array $offer The offer.
 * @return string[] Empty texts where there is nothing to say.
 */
function regulars_terms_in_words( $offer ) {
	$goods = $offer['goods'];
	$only  = regulars_names( $goods, 'products', 'categories' );
	$never = regulars_names( $goods, 'except_products', 'except_categories' );
	return array(
		/* translators: %s: names of goods */
		'goods'   => '' === $only ? '' : sprintf( __( 'On these goods only: %s.', 'regulars' ), $only ),
		/* translators: %s: names of goods */
		'except'  => '' === $never ? '' : sprintf( __( 'Not on these goods: %s.', 'regulars' ), $never ),
		'reduced' => array_key_exists( 'reduced', $goods ) ? __( 'Not on goods that are already reduced.', 'regulars' ) : '',
		/* translators: %s: a sum of money */
		'minimum' => '' === $offer['minimum'] ? '' : sprintf( __( 'In orders of %s or more.', 'regulars' ), regulars_money( $offer['minimum'] ) ),
	);
}

/**
 * The names of goods, the first of many.
 *
 * @param array  $goods      See regulars_terms.
 * @param string $products   Which list of products.
 * @param string $categories Which list of categories.
 * @return string '' where there is no such list.
 */
function regulars_names( $goods, $products, $categories ) {
	$kinds = array_key_exists( $categories, $goods ) ? $goods[ $categories ] : array();
	$ids   = array_key_exists( $products, $goods ) ? $goods[ $products ] : array();
	$names = array();
	foreach ( array_slice( $kinds, 0, REGULARS_MOST_NAMES ) as $id ) {
		$kind    = get_term( $id, 'product_cat' );
		$names[] = $kind && ! is_wp_error( $kind ) ? $kind->name : '';
	}
	foreach ( array_slice( $ids, 0, REGULARS_MOST_NAMES - count( $names ) ) as $id ) {
		$product = wc_get_product( $id );
		$names[] = $product ? $product->get_name() : '';
	}
	$known = array_filter( array_map( 'regulars_name', $names ), 'strlen' );
	if ( count( $known ) < count( $kinds ) + count( $ids ) ) {
		$known[] = '…';
	}
	return implode( ', ', $known );
}

/**
 * A name as one line of plain text; not yet escaped.
 *
 * @param string $name As the shop keeps it.
 * @return string
 */
function regulars_name( $name ) {
	return regulars_text( html_entity_decode( wp_strip_all_tags( $name ), ENT_QUOTES, 'UTF-8' ) );
}
