<?php
/**
 * Leave nothing behind: the settings, the key, and the metadata that Regulars wrote to customers.
 *
 * A Regulars that is still connected writes its metadata again with a later plan.
 *
 * @package Regulars
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;
defined( 'ABSPATH' ) || exit;

require_once __DIR__ . '/includes/offer.php';
require_once __DIR__ . '/includes/settings.php';

$regulars_sites = is_multisite() ? get_sites(
	array(
		'fields' => 'ids',
		'number' => 0,
	)
) : array( 0 );

foreach ( $regulars_sites as $regulars_site ) {
	if ( $regulars_site ) {
		switch_to_blog( $regulars_site );
	}
	delete_option( REGULARS_SETTINGS );
	delete_option( REGULARS_KEY_OPTION );
	if ( $regulars_site ) {
		restore_current_blog();
	}
}

foreach ( REGULARS_LABELS as $regulars_label ) {
	delete_metadata( 'user', 0, $regulars_label, '', true );
}
