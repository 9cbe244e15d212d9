create function b(n int) returns binary(16) deterministic return unhex(lpad(n, 32, '0'));
create table currency (id binary(16) primary key, iso_code char(3), factor double);
create table salutation (id binary(16) primary key, salutation_key varchar(255));
create table country (id binary(16) primary key, iso varchar(255));
create table country_state_translation (country_state_id binary(16), language_id binary(16), name varchar(255), primary key (country_state_id, language_id));
create table sales_channel_translation (sales_channel_id binary(16), language_id binary(16), name varchar(255), primary key (sales_channel_id, language_id));
create table payment_method_translation (payment_method_id binary(16), language_id binary(16), name varchar(255), primary key (payment_method_id, language_id));
create table customer (id binary(16) primary key, salutation_id binary(16), default_billing_address_id binary(16), default_shipping_address_id binary(16), first_name varchar(255), last_name varchar(255), email varchar(254), active tinyint(1), guest tinyint(1), birthday date, created_at datetime(3), updated_at datetime(3));
create table customer_address (id binary(16) primary key, customer_id binary(16), country_id binary(16), country_state_id binary(16), first_name varchar(255), last_name varchar(255), street varchar(255), zipcode varchar(50), city varchar(70), phone_number varchar(40));
create table category (id binary(16), version_id binary(16), auto_increment bigint unsigned auto_increment unique, path longtext, level int unsigned, type varchar(32), primary key (id, version_id));
create table category_translation (category_id binary(16), category_version_id binary(16), language_id binary(16), name varchar(255), primary key (category_id, category_version_id, language_id));
create table product (id binary(16), version_id binary(16), product_number varchar(64), parent_id binary(16), product_manufacturer_id binary(16), price json, created_at datetime(3), updated_at datetime(3), primary key (id, version_id));
create table product_translation (product_id binary(16), product_version_id binary(16), language_id binary(16), name varchar(255), description mediumtext, primary key (product_id, product_version_id, language_id));
create table product_category (product_id binary(16), product_version_id binary(16), category_id binary(16), category_version_id binary(16), primary key (product_id, product_version_id, category_id, category_version_id));
create table product_manufacturer_translation (product_manufacturer_id binary(16), product_manufacturer_version_id binary(16), language_id binary(16), name varchar(255), primary key (product_manufacturer_id, product_manufacturer_version_id, language_id));
create table state_machine_state (id binary(16) primary key, technical_name varchar(255));
create table state_machine_history (id binary(16) primary key, entity_name varchar(100), referenced_id binary(16), referenced_version_id binary(16), to_state_id binary(16), created_at datetime(3), key (referenced_id, referenced_version_id));
create table `order` (id binary(16), version_id binary(16), state_id binary(16), currency_factor double, sales_channel_id binary(16), billing_address_id binary(16), tax_status varchar(255), amount_total double, amount_net double, shipping_costs json, order_date_time datetime(3), created_at datetime(3), updated_at datetime(3), primary key (id, version_id));
create table order_customer (id binary(16), version_id binary(16), customer_id binary(16), order_id binary(16), order_version_id binary(16), primary key (id, version_id), key (order_id, order_version_id));
create table order_address (id binary(16), version_id binary(16), country_state_id binary(16), order_id binary(16), primary key (id, version_id));
create table order_line_item (id binary(16), version_id binary(16), order_id binary(16), order_version_id binary(16), parent_id binary(16), product_id binary(16), referenced_id varchar(255), type varchar(255), label varchar(255), quantity int, price json, payload json, created_at datetime(3), updated_at datetime(3), primary key (id, version_id), key (order_id, order_version_id));
create table order_delivery (id binary(16), version_id binary(16), order_id binary(16), order_version_id binary(16), state_id binary(16), shipping_order_address_id binary(16), created_at datetime(3), updated_at datetime(3), primary key (id, version_id), key (order_id, order_version_id));
create table order_transaction (id binary(16), version_id binary(16), order_id binary(16), order_version_id binary(16), state_id binary(16), payment_method_id binary(16), amount json, created_at datetime(3), updated_at datetime(3), primary key (id, version_id), key (order_id, order_version_id));
create table order_transaction_capture (id binary(16) primary key, order_transaction_id binary(16));
create table order_transaction_capture_refund (id binary(16) primary key, capture_id binary(16), state_id binary(16), reason varchar(255), amount json, created_at datetime(3), updated_at datetime(3));

set @live = x'0fa91ce3e96a4bc2be4bd9ce752c3425', @draft = b(77), @en = x'2fbb5fe2e29a4d70aa5854ce7ce3e20b', @de = b(2);
insert into currency values (x'b7d2554b0ce847cd82f3ac9bd1c0dfca', 'EUR', 1), (b(9), 'USD', 1.2);
insert into salutation values (b(1), 'mr'), (b(2), 'mrs'), (b(3), 'not_specified');
insert into country values (b(1), 'DE');
insert into country_state_translation values (b(3), @en, 'Bavaria'), (b(3), @de, 'Bayern'), (b(4), @de, 'Sachsen');
insert into sales_channel_translation values (b(1), @en, 'Storefront'), (b(1), @de, 'Laden');
insert into payment_method_translation values (b(1), @en, 'Card'), (b(1), @de, 'Karte'), (b(2), @en, 'Invoice');
insert into customer values
    (b(5), b(2), b(1), b(2), 'Ada', 'Lovelace', 'ada@example.com', 1, 0, '1990-12-10', '2026-10-01 07:00:00', '2026-10-02 07:00:00'),
    (b(6), b(1), b(3), b(3), 'Gus', 'Guest', 'guest@example.com', 1, 1, null, '2026-10-01 07:00:00', null),
    (b(8), null, b(4), b(4), 'Bob', 'B', 'bob@example.com', 0, 0, null, '2026-10-01 07:00:00', null);
insert into customer_address values
    (b(1), b(5), b(1), null, 'Ada', 'Lovelace', 'Am Weg 1', '10115', 'Berlin', '030123456'), (b(2), b(5), b(1), b(3), 'Ada', 'Lovelace', 'Platz 2', null, 'Munich', ''),
    (b(3), b(6), b(1), b(3), 'Gus', 'Guest', 'X 1', '1', 'Y', '1');
insert into category (id, version_id, path, level, type) values
    (b(1), @live, null, 1, 'page'), (b(20), @live, concat('|', lower(hex(b(1))), '|'), 2, 'page'), (b(21), @live, concat('|', lower(hex(b(1))), '|', lower(hex(b(20))), '|'), 3, 'page'),
    (b(22), @live, concat('|', lower(hex(b(1))), '|', lower(hex(b(20))), '|', lower(hex(b(21))), '|'), 4, 'folder'),
    (b(23), @live, concat('|', lower(hex(b(1))), '|', lower(hex(b(20))), '|', lower(hex(b(21))), '|', lower(hex(b(22))), '|'), 5, 'page'),
    (b(24), @live, concat('|', lower(hex(b(1))), '|'), 2, 'link'), (b(22), @draft, null, 1, 'page');
insert into category_translation values (b(1), @live, @en, 'Home'), (b(20), @live, @en, 'Kitchen'), (b(20), @live, @de, 'Küche'), (b(20), @draft, @en, 'Draft'), (b(21), @live, @en, 'Pans'), (b(22), @live, @en, ''), (b(22), @live, @de, 'Woks'), (b(23), @live, @en, 'Carbon');
insert into product values
    (b(40), @live, 'WOK-1', null, b(30), '{"cb7d2554b0ce847cd82f3ac9bd1c0dfca": {"net": 49.9, "gross": 59.381, "linked": true, "currencyId": "b7d2554b0ce847cd82f3ac9bd1c0dfca"}}', '2026-09-01 00:00:00', '2026-09-02 00:00:00'),
    (b(44), @live, 'WOK-1.L', b(40), null, null, '2026-09-01 00:00:00', null), (b(41), @live, 'APRON', null, null, null, '2026-09-01 00:00:00', null),
    (b(40), @draft, 'DRAFT', null, null, null, '2026-09-01 00:00:00', null);
insert into product_translation values (b(40), @live, @en, 'Wok', 'Iron'), (b(40), @live, @de, 'Der Wok', null), (b(40), @draft, @en, 'Draft', null);
insert into product_category values (b(40), @live, b(20), @live), (b(40), @live, b(22), @live), (b(40), @draft, b(23), @live), (b(41), @live, b(1), @live);
insert into product_manufacturer_translation values (b(30), @live, @en, 'Hammer & Co');
insert into state_machine_state values (b(101), 'open'), (b(102), 'in_progress'), (b(103), 'completed'), (b(104), 'cancelled'), (b(201), 'open'), (b(202), 'paid'), (b(203), 'refunded'), (b(204), 'failed'), (b(205), 'refunded_partially'), (b(301), 'open'), (b(302), 'shipped'), (b(401), 'completed'), (b(402), 'failed');
insert into `order` values
    (b(1), @live, b(102), 1.25, b(1), b(1), 'gross', 148.75, 125, '{"totalPrice": 7.4375, "calculatedTaxes": [{"tax": 1.1875, "taxRate": 19, "price": 7.4375}]}', '2026-11-19 22:30:00', '2026-11-19 22:30:00.120', '2026-11-20 08:00:00'),
    (b(1), @draft, b(102), 1.25, b(1), b(1), 'gross', 999, 999, '{"totalPrice": 0, "calculatedTaxes": []}', '2026-11-19 22:30:00', '2026-11-19 22:30:00', null),
    (b(2), @live, b(101), 1, b(1), b(2), 'tax-free', 49.9, 49.9, '{"totalPrice": 0, "calculatedTaxes": []}', '2026-11-20 10:00:00', '2026-11-20 10:00:00', null),
    (b(3), @live, b(103), 1, b(1), b(3), 'net', 119, 100, '{"totalPrice": 10, "calculatedTaxes": [{"tax": 1.9, "taxRate": 19, "price": 10}]}', '2026-11-19 02:00:00', '2026-11-19 02:00:00', '2026-11-19 02:30:00'),
    (b(4), @live, b(101), 1, b(1), b(4), 'gross', 60, 60, '{"totalPrice": 0, "calculatedTaxes": []}', '2026-11-10 10:00:00', '2026-11-10 10:00:00', null),
    (b(5), @live, b(104), 1, b(1), b(5), 'gross', 15, 15, '{"totalPrice": 0, "calculatedTaxes": []}', '2026-11-11 10:00:00', '2026-11-11 10:00:00', '2026-11-12 16:00:00'),
    (b(6), @live, b(101), null, b(1), b(6), 'gross', 20, 20, '{"totalPrice": 0, "calculatedTaxes": []}', '2026-11-12 10:00:00', '2026-11-12 10:00:00', null);
insert into order_customer values (b(1), @live, b(5), b(1), @live), (b(1), @draft, b(8), b(1), @draft), (b(2), @live, b(6), b(2), @live), (b(3), @live, b(5), b(3), @live), (b(4), @live, b(5), b(4), @live), (b(5), @live, b(8), b(5), @live), (b(6), @live, null, b(6), @live);
insert into order_address values (b(1), @live, b(4), b(1)), (b(7), @live, b(3), b(1)), (b(7), @draft, b(4), b(1)), (b(2), @live, null, b(2)), (b(3), @live, b(4), b(3));
insert into order_line_item values
    (b(1), @live, b(1), @live, null, b(44), null, 'product', 'Wok', 2, '{"unitPrice": 74.22625, "totalPrice": 148.4525, "calculatedTaxes": [{"tax": 20, "taxRate": 19}, {"tax": 3.7025, "taxRate": 7}]}', null, '2026-11-19 22:30:00', null),
    (b(2), @live, b(1), @live, null, b(41), null, 'product', 'Apron', 1, '{"unitPrice": 7.735, "totalPrice": 7.735, "calculatedTaxes": [{"tax": 1.235, "taxRate": 19}]}', null, '2026-11-19 22:30:00', null),
    (b(3), @live, b(1), @live, null, null, null, 'promotion', 'Autumn sale', 1, '{"unitPrice": -14.875, "totalPrice": -14.875, "calculatedTaxes": [{"tax": -2.375, "taxRate": 19}]}', '{"code": "AUTUMN", "discountType": "percentage"}', '2026-11-19 22:30:00', null),
    (b(1), @draft, b(1), @draft, null, b(44), null, 'product', 'Wok', 9, '{"unitPrice": 1, "totalPrice": 9, "calculatedTaxes": []}', null, '2026-11-19 22:30:00', null),
    (b(4), @live, b(2), @live, null, b(40), null, 'product', 'Wok', 1, '{"unitPrice": 49.9, "totalPrice": 49.9, "calculatedTaxes": []}', null, '2026-11-20 10:00:00', null),
    (b(5), @live, b(3), @live, null, b(40), null, 'product', 'Wok', 1, '{"unitPrice": 95, "totalPrice": 95, "calculatedTaxes": [{"tax": 18.05, "taxRate": 19}]}', null, '2026-11-19 02:00:00', null),
    (b(6), @live, b(3), @live, null, null, null, 'promotion', 'Without a code', 1, '{"unitPrice": -3, "totalPrice": -3, "calculatedTaxes": [{"tax": -0.57, "taxRate": 19}]}', '{"code": null}', '2026-11-19 02:00:00', null),
    (b(7), @live, b(3), @live, null, null, null, 'promotion', 'Without a code', 1, '{"unitPrice": -2, "totalPrice": -2, "calculatedTaxes": [{"tax": -0.38, "taxRate": 19}]}', '{}', '2026-11-19 02:00:00', null),
    (b(8), @live, b(4), @live, null, null, '00000000000000000000000000000099', 'product', 'Deleted', 1, '{"unitPrice": 60, "totalPrice": 60, "calculatedTaxes": []}', null, '2026-11-10 10:00:00', null),
    (b(9), @live, b(5), @live, null, b(41), null, 'product', 'Apron', 3, '{"unitPrice": 5, "totalPrice": 15, "calculatedTaxes": []}', null, '2026-11-11 10:00:00', null),
    (b(10), @live, b(6), @live, null, null, null, 'container', 'Set', 1, '{"unitPrice": 20, "totalPrice": 20, "calculatedTaxes": []}', null, '2026-11-12 10:00:00', null),
    (b(11), @live, b(6), @live, b(10), b(41), null, 'product', 'Apron', 2, '{"unitPrice": 9, "totalPrice": 18, "calculatedTaxes": []}', null, '2026-11-12 10:00:00', null),
    (b(12), @live, b(6), @live, b(10), b(40), null, 'product', 'Wok', 1, '{"unitPrice": 2, "totalPrice": 2, "calculatedTaxes": []}', null, '2026-11-12 10:00:00', null),
    (b(13), @live, b(6), @live, b(12), b(41), null, 'product', 'Part of the wok', 1, '{"unitPrice": 0, "totalPrice": 0, "calculatedTaxes": []}', null, '2026-11-12 10:00:00', null),
    (b(14), @live, b(6), @live, null, null, null, 'custom', 'Thanks', 1, '{"unitPrice": 0, "totalPrice": 0, "calculatedTaxes": []}', null, '2026-11-12 10:00:00', null);
insert into order_delivery values (b(1), @live, b(1), @live, b(302), b(7), '2026-11-19 22:30:00', '2026-11-21 01:00:00'), (b(1), @draft, b(1), @draft, b(301), b(7), '2026-11-19 22:30:00', null), (b(2), @live, b(2), @live, b(301), b(2), '2026-11-20 10:00:00', null), (b(3), @live, b(3), @live, b(301), null, '2026-11-19 02:00:00', null);
insert into order_transaction values
    (b(11), @live, b(1), @live, b(204), b(2), '{"totalPrice": 148.75}', '2026-11-19 22:30:00', '2026-11-19 22:31:00'), (b(12), @live, b(1), @live, b(202), b(1), '{"totalPrice": 148.75}', '2026-11-19 22:32:00', '2026-11-20 08:00:00'), (b(12), @draft, b(1), @draft, b(201), b(1), '{"totalPrice": 999}', '2026-11-19 22:32:00', null),
    (b(21), @live, b(2), @live, b(201), b(2), '{"totalPrice": 49.9}', '2026-11-20 10:00:00', null), (b(31), @live, b(3), @live, b(205), b(1), '{"totalPrice": 119}', '2026-11-19 02:00:00', '2026-11-20 03:00:00'),
    (b(41), @live, b(4), @live, b(203), b(1), '{"totalPrice": 60}', '2026-11-10 10:00:00', '2026-11-18 10:00:00'), (b(51), @live, b(5), @live, b(201), b(2), '{"totalPrice": 15}', '2026-11-11 10:00:00', null), (b(60), @live, b(6), @live, b(204), b(1), '{"totalPrice": 20}', '2026-11-12 09:59:00', '2026-11-12 10:02:00'), (b(61), @live, b(6), @live, b(202), b(2), '{"totalPrice": 20}', '2026-11-12 10:00:00', '2026-11-12 10:01:00');
insert into state_machine_history values
    (b(1), 'order_transaction', b(12), @live, b(202), '2026-11-20 08:00:00'), (b(2), 'order_delivery', b(1), @live, b(302), '2026-11-21 01:00:00'), (b(3), 'order_transaction', b(12), @draft, b(202), '2026-11-01 08:00:00'), (b(4), 'order_transaction', b(31), @live, b(202), '2026-11-19 02:01:00'), (b(5), 'order_transaction', b(31), @live, b(205), '2026-11-20 03:00:00'),
    (b(6), 'order_transaction', b(41), @live, b(202), '2026-11-10 10:01:00'), (b(7), 'order_transaction', b(41), @live, b(203), '2026-11-18 10:00:00'), (b(8), 'order', b(5), @live, b(104), '2026-11-12 10:00:00'), (b(9), 'order', b(3), @live, b(103), '2026-11-19 02:30:00');
insert into order_transaction_capture values (b(1), b(31));
insert into order_transaction_capture_refund values (b(1), b(1), b(401), 'scratched', '{"totalPrice": 5}', '2026-11-20 02:59:00', '2026-11-20 03:00:00'), (b(2), b(1), b(402), 'again', '{"totalPrice": 99}', '2026-11-20 03:10:00', null);
