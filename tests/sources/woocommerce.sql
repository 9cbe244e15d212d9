create table wp_users (ID bigint unsigned auto_increment primary key, user_login varchar(60), user_email varchar(100), user_registered datetime not null, display_name varchar(250));
create table wp_usermeta (umeta_id bigint unsigned auto_increment primary key, user_id bigint unsigned, meta_key varchar(255), meta_value longtext, key (user_id));
create table wp_posts (ID bigint unsigned auto_increment primary key, post_title text, post_excerpt text, post_status varchar(20), post_type varchar(20), post_date_gmt datetime, post_modified_gmt datetime);
create table wp_postmeta (meta_id bigint unsigned auto_increment primary key, post_id bigint unsigned, meta_key varchar(255), meta_value longtext, key (post_id));
create table wp_terms (term_id bigint unsigned auto_increment primary key, name varchar(200), slug varchar(200));
create table wp_term_taxonomy (term_taxonomy_id bigint unsigned auto_increment primary key, term_id bigint unsigned, taxonomy varchar(32), parent bigint unsigned default 0);
create table wp_term_relationships (object_id bigint unsigned, term_taxonomy_id bigint unsigned, primary key (object_id, term_taxonomy_id));
create table wp_wc_orders (id bigint unsigned primary key, status varchar(20), currency varchar(10), type varchar(20), tax_amount decimal(26,8), total_amount decimal(26,8), customer_id bigint unsigned, billing_email varchar(320), date_created_gmt datetime, date_updated_gmt datetime, parent_order_id bigint unsigned, payment_method varchar(100), payment_method_title text, transaction_id varchar(100));
create table wp_wc_order_addresses (id bigint unsigned auto_increment primary key, order_id bigint unsigned not null, address_type varchar(20), first_name text, city text, state text, country text);
create table wp_wc_order_operational_data (id bigint unsigned auto_increment primary key, order_id bigint unsigned, created_via varchar(100), date_paid_gmt datetime, date_completed_gmt datetime, shipping_tax_amount decimal(26,8), shipping_total_amount decimal(26,8), discount_total_amount decimal(26,8));
create table wp_wc_orders_meta (id bigint unsigned auto_increment primary key, order_id bigint unsigned, meta_key varchar(255), meta_value text);
create table wp_woocommerce_order_items (order_item_id bigint unsigned auto_increment primary key, order_item_name text, order_item_type varchar(200), order_id bigint unsigned, key (order_id));
create table wp_woocommerce_order_itemmeta (meta_id bigint unsigned auto_increment primary key, order_item_id bigint unsigned, meta_key varchar(255), meta_value longtext, key (order_item_id));

insert into wp_users values (5, 'ada', 'ada@example.com', '2026-10-01 07:00:00', 'Ada L.');
insert into wp_usermeta values (1, 5, 'nickname', 'ada'), (2, 5, 'billing_phone', '13755556666');

insert into wp_terms values (20, 'Kitchen', 'kitchen'), (21, 'Pans', 'pans'), (22, 'Woks', 'woks'), (30, 'Hammer & Co', 'hammer');
insert into wp_term_taxonomy values (120, 20, 'product_cat', 0), (121, 21, 'product_cat', 20), (122, 22, 'product_cat', 21), (130, 30, 'product_brand', 0);

insert into wp_posts values (40, 'Wok', 'Iron', 'publish', 'product', '2026-09-01 00:00:00', '2026-09-02 00:00:00'), (41, 'Apron', '', 'draft', 'product', '0000-00-00 00:00:00', '2026-09-02 00:00:00'), (42, 'Old', '', 'trash', 'product', '2020-01-01 00:00:00', '2020-01-01 00:00:00'), (43, 'About us', '', 'publish', 'page', '2020-01-01 00:00:00', '2020-01-01 00:00:00');
insert into wp_postmeta values (1, 40, '_sku', 'WOK-1'), (2, 40, '_price', '49.90'), (3, 41, '_sku', ''), (4, 41, '_price', '');
insert into wp_term_relationships values (40, 120), (40, 121), (40, 122), (40, 130);

insert into wp_wc_orders values
    (1, 'wc-processing', 'EUR', 'shop_order', 17.00000000, 110.80000000, 5, 'ada@example.com', '2026-11-19 22:30:00', '2026-11-20 08:00:00', 0, 'stripe', 'Card', 'ch_1'),
    (2, 'wc-pending', 'EUR', 'shop_order', 0, 49.90000000, 0, 'guest@example.com', '2026-11-20 10:00:00', '2026-11-20 10:00:00', 0, 'bacs', 'Bank', ''),
    (3, 'wc-refunded', 'EUR', 'shop_order', 0, 49.90000000, 5, 'ada@example.com', '2026-11-10 10:00:00', '2026-11-18 10:00:00', 0, '', '', 'ch_3'),
    (4, 'wc-checkout-draft', 'EUR', 'shop_order', 0, 99.00000000, 5, null, '2026-11-20 10:00:00', '2026-11-20 10:00:00', 0, '', '', ''),
    (5, 'trash', 'EUR', 'shop_order', 0, 99.00000000, 5, null, '2026-11-20 10:00:00', '2026-11-20 10:00:00', 0, '', '', ''),
    (6, 'wc-completed', 'EUR', 'shop_order_refund', 0, -49.90000000, null, null, '2026-11-18 10:00:00', '2026-11-18 10:00:00', 3, null, null, null),
    (7, 'wc-completed', 'EUR', 'shop_order_refund', 0, -99.00000000, null, null, '2026-11-20 11:00:00', '2026-11-20 11:00:00', 5, null, null, null);
insert into wp_wc_order_addresses values (1, 1, 'billing', 'Ada', 'Berlin', 'DE-BE', 'DE'), (2, 1, 'shipping', 'Ada', 'Munich', 'DE-BY', 'DE'), (3, 2, 'billing', 'G', 'Bonn', 'DE-NW', 'DE'), (4, 2, 'shipping', 'G', '', '', '');
insert into wp_wc_order_operational_data values (1, 1, 'checkout', '2026-11-20 07:59:00', null, 0.95000000, 5.00000000, 10.00000000), (2, 2, 'admin', null, null, 0, 0, 0), (3, 3, 'checkout', '2026-11-10 10:01:00', '2026-11-11 00:00:00', null, 0, 0), (4, 4, 'checkout', null, null, 0, 0, 0);
insert into wp_wc_orders_meta values (1, 6, '_refund_reason', 'broken');
insert into wp_woocommerce_order_items values (1, 'Wok', 'line_item', 1), (2, 'Apron', 'line_item', 1), (3, 'Flat rate', 'shipping', 1), (4, 'AUTUMN', 'coupon', 1), (5, 'Wok', 'line_item', 2), (6, 'Wok', 'line_item', 3), (7, 'Wok', 'line_item', 5), (8, 'Wok', 'line_item', 6);
insert into wp_woocommerce_order_itemmeta (order_item_id, meta_key, meta_value) values
    (1, '_product_id', '40'), (1, '_variation_id', '0'), (1, '_qty', '2'), (1, '_qty', '77'), (1, '_line_subtotal', '99.8'), (1, '_line_total', '89.8'),
    (2, '_product_id', '41'), (2, '_qty', '3'), (2, '_line_subtotal', '10'), (2, '_line_total', '10'),
    (4, 'discount_amount', '10'),
    (5, '_product_id', '40'), (5, '_qty', '1'), (5, '_line_subtotal', '49.9'), (5, '_line_total', '49.9'),
    (6, '_product_id', '40'), (6, '_qty', '1'), (6, '_line_subtotal', '49.9'), (6, '_line_total', '49.9'),
    (8, '_product_id', '40'), (8, '_qty', '-1');
