/* The cart and checkout blocks name the personal discount instead of showing its code. */
( function ( blocks, discount ) {
	'use strict';

	if ( ! blocks || ! blocks.registerCheckoutFilters || ! discount ) {
		return;
	}
	blocks.registerCheckoutFilters( 'regulars', {
		coupons: function ( coupons ) {
			return coupons.map( function ( coupon ) {
				return coupon.code === discount.code ? Object.assign( {}, coupon, { label: discount.label } ) : coupon;
			} );
		},
	} );
} )( window.wc && window.wc.blocksCheckout, window.regularsDiscount );
