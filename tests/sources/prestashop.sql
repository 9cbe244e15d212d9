create table ps_configuration (id_configuration int unsigned auto_increment primary key, id_shop_group int unsigned, id_shop int unsigned, name varchar(254), value text, key (name));
create table ps_currency (id_currency int unsigned primary key, iso_code varchar(3), conversion_rate decimal(13,6));
create table ps_gender (id_gender int primary key, type tinyint);
create table ps_customer (id_customer int unsigned primary key, id_gender int unsigned, firstname varchar(255), lastname varchar(255), email varchar(255), birthday date, active tinyint(1) unsigned, is_guest tinyint(1), deleted tinyint(1), date_add datetime, date_upd datetime);
create table ps_country (id_country int unsigned primary key, iso_code varchar(3));
create table ps_state (id_state int unsigned primary key, name varchar(80));
create table ps_address (id_address int unsigned primary key, id_country int unsigned, id_state int unsigned, id_customer int unsigned, id_manufacturer int unsigned, firstname varchar(255), lastname varchar(255), address1 varchar(128), address2 varchar(128), postcode varchar(12), city varchar(64), phone varchar(32), phone_mobile varchar(32), deleted tinyint(1) unsigned, key (id_customer));
create table ps_category (id_category int unsigned primary key, id_parent int unsigned, id_shop_default int unsigned, level_depth tinyint unsigned, is_root_category tinyint(1));
create table ps_category_lang (id_category int unsigned, id_shop int unsigned, id_lang int unsigned, name varchar(128), primary key (id_category, id_shop, id_lang));
create table ps_category_product (id_category int unsigned, id_product int unsigned, primary key (id_category, id_product));
create table ps_manufacturer (id_manufacturer int unsigned primary key, name varchar(64));
create table ps_product (id_product int unsigned primary key, id_manufacturer int unsigned, id_category_default int unsigned, id_shop_default int unsigned, price decimal(20,6), reference varchar(64), date_add datetime, date_upd datetime, state int unsigned);
create table ps_product_shop (id_product int unsigned, id_shop int unsigned, id_category_default int unsigned, price decimal(20,6), primary key (id_product, id_shop));
create table ps_product_lang (id_product int unsigned, id_shop int unsigned, id_lang int unsigned, name varchar(128), description_short text, primary key (id_product, id_shop, id_lang));
create table ps_order_state (id_order_state int unsigned primary key, logable tinyint(1), shipped tinyint(1) unsigned, paid tinyint(1) unsigned);
create table ps_order_state_lang (id_order_state int unsigned, id_lang int unsigned, name varchar(64), template varchar(64), primary key (id_order_state, id_lang));
create table ps_orders (id_order int unsigned primary key, reference varchar(9), id_shop_group int unsigned default 1, id_shop int unsigned default 1, id_customer int unsigned, id_currency int unsigned, id_address_delivery int unsigned, current_state int unsigned, conversion_rate decimal(13,6), total_discounts_tax_excl decimal(20,6) default 0, total_paid_tax_incl decimal(20,6), total_paid_tax_excl decimal(20,6), total_shipping_tax_excl decimal(20,6) default 0, date_add datetime, date_upd datetime, key (reference), key (current_state));
create table ps_order_detail (id_order_detail int unsigned primary key, id_order int unsigned, product_id int unsigned, product_attribute_id int unsigned, product_quantity int unsigned, unit_price_tax_excl decimal(20,6), key (id_order));
create table ps_order_history (id_order_history int unsigned auto_increment primary key, id_order int unsigned, id_order_state int unsigned, date_add datetime, key (id_order));
create table ps_order_payment (id_order_payment int primary key, order_reference varchar(9), id_currency int unsigned, amount decimal(20,6), payment_method varchar(255), conversion_rate decimal(13,6), transaction_id varchar(254), date_add datetime, key (order_reference));
create table ps_order_slip (id_order_slip int unsigned primary key, conversion_rate decimal(13,6), id_order int unsigned, total_products_tax_excl decimal(20,6), total_products_tax_incl decimal(20,6), total_shipping_tax_excl decimal(20,6), total_shipping_tax_incl decimal(20,6), amount decimal(20,6), shipping_cost_amount decimal(20,6), order_slip_type tinyint(1) unsigned, date_add datetime, date_upd datetime, key (id_order));
create table ps_order_slip_detail (id_order_slip int unsigned, id_order_detail int unsigned, product_quantity int unsigned, total_price_tax_excl decimal(20,6), total_price_tax_incl decimal(20,6), primary key (id_order_slip, id_order_detail));
create table ps_cart_rule (id_cart_rule int unsigned primary key, code varchar(254));
create table ps_order_cart_rule (id_order_cart_rule int unsigned primary key, id_order int unsigned, id_cart_rule int unsigned, name varchar(254), value decimal(20,6), value_tax_excl decimal(20,6), deleted tinyint(1) unsigned not null default 0, key (id_order));

create table ps_shop (id_shop int unsigned primary key, id_shop_group int unsigned);

insert into ps_shop values (1, 1), (2, 1), (9, 1);
insert into ps_configuration (id_shop_group, id_shop, name, value) values
    (null, null, 'PS_LANG_DEFAULT', '1'), (1, 2, 'PS_LANG_DEFAULT', '2'), (null, null, 'PS_CURRENCY_DEFAULT', '1'), (1, 9, 'PS_CURRENCY_DEFAULT', '2'),
    (null, null, 'PS_OS_DELIVERED', '5'), (null, null, 'PS_OS_CANCELED', '6'), (1, 2, 'PS_OS_CANCELED', '6'), (null, null, 'PS_OS_REFUND', '7');
insert into ps_currency values (1, 'EUR', 1), (2, 'USD', 1.2);
insert into ps_gender values (1, 0), (2, 1), (3, 2);
insert into ps_customer values
    (5, 2, 'Ada', 'Lovelace', 'ada@example.com', '1990-12-10', 1, 0, 0, '2026-10-01 15:00:00', '2026-10-02 15:00:00'),
    (6, 0, 'Gus', 'Guest', 'guest@example.com', null, 1, 1, 0, '2026-11-20 18:00:00', '2026-11-20 18:00:00'),
    (7, 1, 'Del', 'Eted', 'del@example.com', null, 1, 0, 1, '2026-10-01 15:00:00', '2026-10-02 15:00:00'),
    (8, 3, 'Bob', 'B', 'bob@example.com', '0000-00-00', 0, 0, 0, '2026-10-01 15:00:00', '2026-10-02 15:00:00');
insert into ps_country values (1, 'DE'), (8, 'FR');
insert into ps_state values (3, 'Bayern');
insert into ps_address values
    (1, 1, 3, 5, 0, 'Ada', 'Lovelace', 'Platz 2', '', '80331', 'Munich', '', '', 0),
    (2, 1, 0, 5, 0, 'Ada', 'Lovelace', 'Am Weg 1', null, '10115', 'Berlin', '030123456', '', 1),
    (3, 8, null, 6, 0, 'Gus', 'Guest', 'Rue 3', '', '75001', 'Paris', '', '0611', 0),
    (4, 1, 0, 0, 30, 'Ham', 'Mer', 'Works 1', '', '1', 'Essen', '', '', 0),
    (5, 8, null, 5, 0, 'Ada', 'L', 'Rue 1', 'Bis', '75001', 'Paris', '0144', '0699', 0);
insert into ps_category values (1, 0, 1, 0, 0), (2, 1, 1, 1, 1), (3, 2, 1, 2, 0), (4, 3, 1, 3, 0), (5, 4, 1, 4, 0), (6, 5, 1, 5, 0), (10, 1, 2, 1, 1), (11, 10, 2, 2, 0);
insert into ps_category_lang values
    (1, 1, 1, 'Root'), (2, 1, 1, 'Home'), (3, 1, 1, 'Kitchen'), (3, 1, 2, 'Küche'), (3, 2, 1, 'Kitchen of the second shop'), (4, 1, 1, 'Pans'), (4, 1, 2, 'Pfannen'),
    (5, 1, 1, 'Woks'), (5, 1, 2, 'Woks'), (6, 1, 1, 'Carbon'), (10, 2, 1, 'Home'), (11, 1, 1, 'Not ours'), (11, 2, 1, 'Garden'), (11, 2, 2, 'Garten');
insert into ps_category_product values (2, 40), (3, 40), (5, 40), (6, 40), (2, 41), (3, 41), (4, 41), (2, 43);
insert into ps_manufacturer values (30, 'Hammer & Co');
insert into ps_product values
    (40, 30, 6, 1, 1.0, 'WOK-1', '2026-09-01 08:00:00', '2026-09-02 08:00:00', 1),
    (41, 0, 2, 1, 5.2, '', '2026-09-01 08:00:00', '2026-09-02 08:00:00', 1),
    (42, 0, 2, 1, 0, '', '2026-09-01 08:00:00', '2026-09-02 08:00:00', 0),
    (43, 0, 2, 2, 7, 'ONLY-DE', '2026-09-01 08:00:00', '2026-09-02 08:00:00', 1);
insert into ps_product_shop values (40, 1, 5, 49.9), (40, 2, 11, 59.9), (41, 1, 2, 5.2), (43, 2, 2, 7.5);
insert into ps_product_lang values
    (40, 1, 1, 'Wok', 'Iron'), (40, 1, 2, 'Der Wok', 'Eisen'), (40, 2, 1, 'Wok of the second shop', ''), (41, 1, 1, 'Apron', ''), (41, 1, 2, 'Schürze', ''), (43, 2, 1, '', ''), (43, 2, 2, 'Zange', '');
insert into ps_order_state values (1, 0, 0, 0), (2, 1, 0, 1), (4, 1, 1, 1), (5, 1, 1, 1), (6, 0, 0, 0), (7, 0, 0, 0), (20, 1, 0, 1), (21, 0, 0, 0), (22, 0, 0, 0);
insert into ps_order_state_lang values (1, 1, 'Awaiting check payment', 'cheque'), (6, 1, 'Canceled', 'order_canceled'), (7, 1, 'Refunded', 'refund'), (21, 1, 'Sent back', 'refund'), (21, 2, 'Zurück', 'refund'), (22, 1, 'On its way to us', '');
insert into ps_orders (id_order, reference, id_shop, id_customer, id_currency, id_address_delivery, current_state, conversion_rate, total_discounts_tax_excl, total_paid_tax_incl, total_paid_tax_excl, total_shipping_tax_excl, date_add, date_upd) values
    (1, 'AAA', 1, 5, 2, 1, 4, 1.25, 12.5, 148.75, 125, 6.25, '2026-11-20 06:30:00', '2026-11-21 09:00:00'),
    (2, 'GGG', 1, 6, 1, 3, 1, 1, 0, 49.9, 49.9, 0, '2026-11-20 18:00:00', '2026-11-20 18:00:00'),
    (3, 'BBB', 1, 5, 1, 1, 5, 1, 0, 30.01, 25.22, 4.2, '2026-11-19 10:00:00', '2026-11-22 10:00:00'),
    (4, 'BBB', 1, 5, 1, 1, 20, 1, 0, 20, 20, 0, '2026-11-19 10:00:00', '2026-11-19 10:05:00'),
    (5, 'CCC', 1, 8, 1, 5, 6, 1, 0, 15, 15, 0, '2026-11-11 18:00:00', '2026-11-13 00:00:00'),
    (6, 'DDD', 1, 5, 2, 1, 7, 1.25, 0, 75, 75, 0, '2026-11-10 18:00:00', '2026-11-18 18:00:00'),
    (7, 'EEE', 2, 5, 1, 1, 21, 1, 0, 40, 40, 0, '2026-11-10 18:00:00', '2026-11-18 18:00:00'),
    (8, 'FFF', 2, 7, 1, 2, 22, 1, 0, 11, 11, 0, '2026-11-10 18:00:00', '2026-11-10 18:00:00'),
    (9, 'HHH', 1, 8, 1, 5, 2, 1, 0, 120, 100, 0, '2026-11-12 18:00:00', '2026-11-12 18:01:00');
insert into ps_order_detail values (1, 1, 40, 7, 2, 62.375), (2, 1, 41, 0, 1, 6.5), (3, 2, 40, 8, 1, 49.9), (4, 3, 41, 0, 4, 5.255), (5, 4, 43, 0, 2, 10), (6, 5, 41, 0, 3, 5), (7, 6, 40, 0, 1, 75), (8, 7, 99, 0, 4, 10), (9, 8, 43, 0, 1, 11), (10, 9, 40, 0, 2, 50);
insert into ps_order_history (id_order, id_order_state, date_add) values
    (1, 1, '2026-11-20 06:30:00'), (1, 2, '2026-11-20 16:00:00'), (1, 4, '2026-11-21 09:00:00'), (2, 1, '2026-11-20 18:00:00'),
    (3, 2, '2026-11-19 10:00:00'), (3, 4, '2026-11-20 10:00:00'), (3, 5, '2026-11-22 10:00:00'), (4, 2, '2026-11-19 10:00:00'), (4, 20, '2026-11-19 10:05:00'),
    (5, 1, '2026-11-11 18:00:00'), (5, 6, '2026-11-12 18:00:00'), (6, 2, '2026-11-10 18:01:00'), (6, 7, '2026-11-18 18:00:00'),
    (7, 2, '2026-11-10 18:01:00'), (7, 21, '2026-11-18 18:00:00'), (8, 22, '2026-11-10 18:00:00'), (9, 2, '2026-11-12 18:01:00');
insert into ps_order_payment values
    (1, 'AAA', 2, 100, 'Card', 1.25, 'ch_1', '2026-11-20 16:00:00'), (2, 'AAA', 1, 39, 'Voucher', 1, '', '2026-11-20 16:05:00'),
    (3, 'BBB', 1, 50, 'Card', 1, 'ch_3', '2026-11-19 10:00:00'), (4, 'DDD', 2, 75, 'Card', 1.25, null, '2026-11-10 18:01:00'),
    (5, 'EEE', 1, 40, '', 1, null, '2026-11-10 18:01:00'), (6, 'HHH', 1, 120, 'Card', 1, null, '2026-11-12 18:01:00'), (7, 'GONE', 1, 1, 'Card', 1, null, '2026-11-12 18:01:00');
insert into ps_order_slip values
    (1, 1, 7, 8.4, 10, 1.6, 2, 8.4, 1.6, 2, '2026-11-18 18:00:00', '2026-11-18 18:00:00'),
    (2, 1, 9, 0, 0, 0, 0, 7, 0, 2, '2026-11-15 18:00:00', '2026-11-15 18:00:00'),
    (3, 1, 9, 15, 24, 0, 0, 24, 0, 1, '2026-11-16 18:00:00', '2026-11-16 18:00:00'),
    (4, 1, 9, null, null, null, null, 3, 1, 0, '2026-11-17 18:00:00', '2026-11-17 18:00:00'),
    (5, 1, 9, 10, 9, 0, 0, 10, 0, 1, '2026-11-17 18:00:00', '2026-11-17 18:00:00');
insert into ps_order_slip_detail values (1, 8, 1, 8.4, 10), (3, 10, 1, 20, 24), (5, 10, 1, 10, 12);
insert into ps_cart_rule values (1, 'AUTUMN'), (2, ''), (3, 'OLD');
insert into ps_order_cart_rule values (1, 1, 1, 'Autumn', 8.925, 7.5, 0), (2, 1, 1, 'Autumn', 2.975, 2.5, 0), (3, 1, 2, 'Free shipping', 2.975, 2.5, 0), (4, 1, 3, 'Old', 100, 99, 1), (5, 3, 77, 'Gone', 1, 0, 0);
