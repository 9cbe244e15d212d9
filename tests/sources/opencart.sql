create table oc_setting (setting_id int auto_increment primary key, store_id int default 0, code varchar(128), `key` varchar(128), value text, serialized tinyint(1));
create table oc_language (language_id int primary key, code varchar(5));
create table oc_customer (customer_id int primary key, firstname varchar(32), lastname varchar(32), email varchar(96), telephone varchar(32), address_id int, status tinyint(1), date_added datetime);
create table oc_zone (zone_id int primary key, country_id int, name varchar(128), code varchar(32));
create table oc_country (country_id int primary key, name varchar(128), iso_code_2 varchar(2));
create table oc_address (address_id int primary key, customer_id int, firstname varchar(32), lastname varchar(32), address_1 varchar(128), address_2 varchar(128), city varchar(128), postcode varchar(10), country_id int, zone_id int);
create table oc_category (category_id int primary key, parent_id int, status tinyint(1));
create table oc_category_path (category_id int, path_id int, level int, primary key (category_id, path_id));
create table oc_category_description (category_id int, language_id int, name varchar(255), primary key (category_id, language_id));
create table oc_manufacturer (manufacturer_id int primary key, name varchar(64));
create table oc_product (product_id int primary key, model varchar(64), manufacturer_id int, price decimal(15,4), status tinyint(1), date_added datetime, date_modified datetime);
create table oc_product_description (product_id int, language_id int, name varchar(255), description text, primary key (product_id, language_id));
create table oc_product_to_category (product_id int, category_id int, primary key (product_id, category_id));
create table oc_order (order_id int primary key, store_id int default 0, customer_id int default 0, payment_zone varchar(128) default '', payment_method varchar(255) default '', payment_code varchar(128) default '', shipping_zone varchar(128) default '', total decimal(15,4), order_status_id int, currency_code varchar(3), currency_value decimal(15,8), date_added datetime, date_modified datetime);
create table oc_order_product (order_product_id int primary key, order_id int, product_id int, quantity int, price decimal(15,4), total decimal(15,4), tax decimal(15,4), key (order_id));
create table oc_order_history (order_history_id int auto_increment primary key, order_id int, order_status_id int, date_added datetime, key (order_id));
create table oc_order_total (order_total_id int auto_increment primary key, order_id int, code varchar(32), title varchar(255), value decimal(15,4), key (order_id));

insert into oc_setting (store_id, code, `key`, value, serialized) values (0, 'config', 'config_currency', 'GBP', 0), (1, 'config', 'config_currency', 'EUR', 0), (0, 'config', 'config_language', 'en-gb', 0), (1, 'config', 'config_language', 'de-de', 0);
insert into oc_language values (1, 'de-de'), (2, 'en-gb');
insert into oc_customer values (5, 'Ada', 'Lovelace', 'ada@example.com', '030123456', 2, 1, '2026-10-01 15:00:00'), (8, 'O&#039;Neil', '&amp; Sons', 'bob@example.com', '', 0, 0, '2026-10-01 15:00:00');
insert into oc_country values (81, 'Germany', 'DE'), (222, 'United Kingdom', 'GB');
insert into oc_zone values (3, 81, 'Bayern', 'BY');
insert into oc_address values (1, 5, 'Ada', 'Lovelace', 'Am Weg 1', '', 'Berlin', '10115', 81, 0), (2, 5, 'Ada', 'Lovelace', 'Platz &quot;2&quot;', 'Hof', 'Munich', '80331', 81, 3), (3, 0, 'Gone', 'G', 'X', '', 'Y', '1', 222, 0);
insert into oc_category values (20, 0, 1), (24, 20, 1), (25, 24, 1), (26, 25, 0);
insert into oc_category_path values (20, 20, 0), (24, 20, 0), (24, 24, 1), (25, 20, 0), (25, 24, 1), (25, 25, 2), (26, 20, 0), (26, 24, 1), (26, 25, 2), (26, 26, 3);
insert into oc_category_description values (20, 1, 'K&uuml;che'), (20, 2, 'Kitchen &amp; more'), (24, 1, 'Pfannen'), (24, 2, 'Pans'), (25, 2, 'Woks'), (26, 2, 'Carbon');
insert into oc_manufacturer values (30, 'Hammer &amp; Co');
insert into oc_product values (40, 'WOK-1', 30, 49.9, 1, '2026-09-01 08:00:00', '2026-09-02 08:00:00'), (41, 'APRON', 0, 5.2, 0, '2026-09-01 08:00:00', '2026-09-02 08:00:00'), (43, 'NO-NAME', 0, 7.5, 1, '2026-09-01 08:00:00', '2026-09-02 08:00:00');
insert into oc_product_description values (40, 1, 'Der Wok', ''), (40, 2, 'Wok &lt;14&quot;&gt;', '&lt;p&gt;Iron&amp;nbsp;&lt;/p&gt;'), (41, 1, 'Schürze', '');
insert into oc_product_to_category values (40, 20), (40, 25), (40, 24), (41, 99);
insert into oc_order values
    (1, 0, 5, 'Berlin', 'Credit card (<img>)', 'stripe', 'Bayern', 119, 3, 'USD', 1.25, '2026-11-20 06:30:00', '2026-11-21 09:00:00'),
    (2, 0, 0, 'Nordrhein-Westfalen', 'Cheque', 'cheque', '', 49.9, 1, 'GBP', 1, '2026-11-20 18:00:00', '2026-11-20 18:00:00'),
    (3, 0, 5, '', 'Cheque', 'cheque', '', 99, 0, 'GBP', 1, '2026-11-20 18:00:00', '2026-11-20 18:00:00'),
    (4, 0, 5, '', 'Credit card', 'stripe', 'Bayern', 60, 11, 'GBP', 1, '2026-11-10 18:00:00', '2026-11-18 18:00:00'),
    (5, 0, 8, '', 'Cheque', 'cheque', '', 15, 7, 'GBP', 1, '2026-11-11 18:00:00', '2026-11-13 00:00:00'),
    (6, 0, 8, '', 'Cheque', 'cheque', '', 8, 11, 'GBP', 1, '2026-11-11 18:00:00', '2026-11-13 18:00:00'),
    (7, 1, 5, '', 'Cheque', 'cheque', '', 30, 17, 'EUR', 1.1, '2026-11-12 18:00:00', '2026-11-12 18:01:00'),
    (8, 0, 8, '', 'Cash', 'cod', '', 20, 5, 'GBP', 1, '2026-11-19 10:00:00', '2026-11-20 10:00:00');
insert into oc_order_product values (1, 1, 40, 2, 49.9, 99.8, 9.98), (2, 1, 41, 1, 5.2, 5.2, 0.52), (3, 2, 40, 1, 49.9, 49.9, 0), (4, 3, 40, 2, 49.5, 99, 0), (5, 4, 40, 1, 60, 60, 0), (6, 5, 41, 3, 7, 21, 0), (7, 6, 41, 1, 8, 8, 0), (8, 7, 43, 2, 15, 30, 0), (9, 8, 43, 2, 11, 22, 0);
insert into oc_order_history values
    (1, 1, 1, '2026-11-20 06:30:00'), (2, 1, 2, '2026-11-20 16:00:00'), (3, 1, 3, '2026-11-21 09:00:00'), (4, 2, 1, '2026-11-20 18:00:00'), (5, 4, 15, '2026-11-10 18:01:00'), (6, 4, 11, '2026-11-18 18:00:00'),
    (7, 5, 1, '2026-11-11 18:00:00'), (8, 5, 7, '2026-11-12 18:00:00'), (9, 6, 1, '2026-11-11 18:00:00'), (10, 6, 11, '2026-11-13 18:00:00'), (11, 7, 17, '2026-11-12 18:01:00'), (12, 8, 1, '2026-11-19 10:00:00'), (13, 8, 5, '2026-11-20 10:00:00');
insert into oc_order_total (order_id, code, title, value) values
    (1, 'sub_total', 'Sub-Total', 105), (1, 'coupon', 'Coupon (AUTUMN)', -10), (1, 'shipping', 'Flat rate', 5), (1, 'tax', 'VAT', 15), (1, 'tax', 'Eco', 4), (1, 'total', 'Total', 119),
    (2, 'sub_total', 'Sub-Total', 49.9), (2, 'total', 'Total', 49.9), (3, 'coupon', 'Coupon (AUTUMN)', -1), (3, 'total', 'Total', 99), (4, 'sub_total', 'Sub-Total', 60), (4, 'total', 'Total', 60),
    (5, 'sub_total', 'Sub-Total', 21), (5, 'reward', 'Reward points (100)', -1), (5, 'voucher', 'Gift voucher (XY)', -5), (5, 'total', 'Total', 15), (6, 'sub_total', 'Sub-Total', 8), (6, 'total', 'Total', 8),
    (7, 'sub_total', 'Sub-Total', 30), (7, 'total', 'Total', 30), (8, 'sub_total', 'Sub-Total', 22), (8, 'coupon', 'Coupon (A&amp;B (2))', -2), (8, 'total', 'Total', 20);
