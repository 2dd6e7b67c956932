/* The block in the editor. What shoppers see is rendered by the server, for each of them. */
( function ( wp, words ) {
	'use strict';

	var el = wp.element.createElement;

	wp.blocks.registerBlockType( 'regulars/offer', {
		edit: function ( props ) {
			return el(
				wp.element.Fragment,
				null,
				el(
					wp.blockEditor.InspectorControls,
					null,
					el(
						wp.components.PanelBody,
						null,
						el( wp.components.ToggleControl, {
							label: words.live,
							checked: props.attributes.live,
							onChange: function ( live ) {
								props.setAttributes( { live: live } );
							},
						} )
					)
				),
				el(
					'p',
					wp.blockEditor.useBlockProps(),
					words.where
				)
			);
		},
		save: function () {
			return null;
		},
	} );
} )( window.wp, window.regularsBlock );
