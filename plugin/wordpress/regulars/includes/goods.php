<?php
/**
 * Which goods of a cart the virtual coupon is for, and whether the cart is big enough.
 *
 * WooCommerce's own coupons take a sum off the whole cart, whatever goods they name, and want products and
 * categories at once where both are named. The virtual coupon names none: it is held to its goods here.
 *
 * @package Regulars
 */

defined( 'ABSPATH' ) || exit;

/**
 * Follow the coupon to each product.
 */
function regulars_hook_goods() {
	add_filter( 'woocommerce_coupon_is_valid_for_product', 'regulars_is_for_product', 10, 3 );
	add_filter( 'woocommerce_coupon_is_valid_for_cart', 'regulars_is_for_cart', 10, 2 );
}

/**
 * The discount is for a product, where it is for such goods.
 *
 * @param bool       $valid   What WooCommerce holds.
 * @param WC_Product $product A product or one of its variations.
 * @param WC_Coupon  $coupon  A coupon.
 * @return bool
 */
function regulars_is_for_product( $valid, $product, $coupon ) {
	if ( ! regulars_is_virtual( $coupon ) ) {
		return $valid;
	}
	$offer = regulars_current_offer();
	return $offer && is_a( $product, 'WC_Product' ) && regulars_serves( $offer['goods'], $product );
}

/**
 * A sum would be taken off the whole cart; of goods it is taken off those that it is for.
 *
 * @param bool      $valid  What WooCommerce holds.
 * @param WC_Coupon $coupon A coupon.
 * @return bool
 */
function regulars_is_for_cart( $valid, $coupon ) {
	return $valid && ! regulars_is_virtual( $coupon );
}

/**
 * Whether goods like these are discounted. A category holds those within it, too.
 *
 * @param array      $goods   See regulars_terms.
 * @param WC_Product $product A product or one of its variations.
 * @return bool
 */
function regulars_serves( $goods, $product ) {
	$whole = $product->get_parent_id() ? $product->get_parent_id() : $product->get_id();
	$ids   = array( $product->get_id(), $whole );
	$kinds = $goods ? wc_get_product_cat_ids( $whole ) : array();
	$named = array_key_exists( 'products', $goods ) || array_key_exists( 'categories', $goods );
	$in    = static function ( $list, $found ) use ( $goods ) {
		return array_key_exists( $list, $goods ) && array_intersect( $goods[ $list ], $found );
	};
	if ( $named && ! $in( 'products', $ids ) && ! $in( 'categories', $kinds ) ) {
		return false;
	}
	if ( $in( 'except_products', $ids ) || $in( 'except_categories', $kinds ) ) {
		return false;
	}
	return ! array_key_exists( 'reduced', $goods ) || ! $product->is_on_sale();
}

/**
 * Whether a cart holds goods that the discount is for and is big enough. A bare percentage asks for neither.
 *
 * @param array   $offer The offer.
 * @param WC_Cart $cart  The cart.
 * @return bool
 */
function regulars_fits_cart( $offer, $cart ) {
	if ( '' === $offer['amount'] && '' === $offer['minimum'] && ! $offer['goods'] ) {
		return true;
	}
	list( $net, $tax ) = regulars_subtotal( $cart );
	$shown             = $cart->display_prices_including_tax() ? $net + $tax : $net;
	if ( '' !== $offer['minimum'] && round( $shown, wc_get_price_decimals() ) < (float) $offer['minimum'] ) {
		return false;
	}
	foreach ( $cart->get_cart() as $item ) {
		if ( is_a( $item['data'], 'WC_Product' ) && regulars_serves( $offer['goods'], $item['data'] ) ) {
			return true;
		}
	}
	return false;
}

/**
 * What the goods of a cart cost before discounts, without tax, and the tax on them.
 *
 * @param WC_Cart $cart The cart.
 * @return float[]
 */
function regulars_subtotal( $cart ) {
	$net   = 0.0;
	$gross = 0.0;
	foreach ( $cart->get_cart() as $item ) {
		if ( is_a( $item['data'], 'WC_Product' ) ) {
			$asked  = array( 'qty' => $item['quantity'] );
			$net   += (float) wc_get_price_excluding_tax( $item['data'], $asked );
			$gross += (float) wc_get_price_including_tax( $item['data'], $asked );
		}
	}
	return array( $net, $gross - $net );
}

/**
 * Whether WooCommerce takes a coupon for a cart. While it calculates anew, the cart does not know what its goods
 * cost, and every coupon with a smallest order would seem to be too much.
 *
 * @param WC_Coupon $coupon A coupon.
 * @param WC_Cart   $cart   The cart.
 * @return bool
 */
function regulars_is_valid( $coupon, $cart ) {
	$known             = array( $cart->get_subtotal(), $cart->get_subtotal_tax() );
	list( $net, $tax ) = regulars_subtotal( $cart );
	$cart->set_subtotal( $net );
	$cart->set_subtotal_tax( $tax );
	$discounts = new WC_Discounts( $cart );
	$valid     = true === $discounts->is_coupon_valid( $coupon );
	$cart->set_subtotal( $known[0] );
	$cart->set_subtotal_tax( $known[1] );
	return $valid;
}
