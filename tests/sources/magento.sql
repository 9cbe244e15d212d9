create table customer_entity (entity_id int unsigned primary key, email varchar(255), created_at timestamp not null default current_timestamp, updated_at timestamp not null default current_timestamp, is_active smallint unsigned default 1, firstname varchar(255), lastname varchar(255), dob date, default_billing int unsigned, default_shipping int unsigned, gender smallint unsigned);
create table customer_address_entity (entity_id int unsigned primary key, parent_id int unsigned, city varchar(255), country_id varchar(255), firstname varchar(255), lastname varchar(255), postcode varchar(255), region varchar(255), street text, telephone varchar(255));
create table eav_entity_type (entity_type_id smallint unsigned primary key, entity_type_code varchar(50));
create table eav_attribute (attribute_id smallint unsigned primary key, entity_type_id smallint unsigned, attribute_code varchar(255));
create table eav_attribute_option_value (value_id int unsigned primary key, option_id int unsigned, store_id smallint unsigned, value varchar(255));
create table catalog_category_entity (entity_id int unsigned primary key, parent_id int unsigned, path varchar(255), level int);
create table catalog_category_entity_varchar (value_id int primary key auto_increment, attribute_id smallint unsigned, store_id smallint unsigned, entity_id int unsigned, value varchar(255));
create table catalog_category_product (entity_id int auto_increment primary key, category_id int unsigned, product_id int unsigned);
create table catalog_product_entity (entity_id int unsigned primary key, type_id varchar(32), sku varchar(64), created_at timestamp not null default current_timestamp, updated_at timestamp not null default current_timestamp);
create table catalog_product_entity_varchar (value_id int primary key auto_increment, attribute_id smallint unsigned, store_id smallint unsigned, entity_id int unsigned, value varchar(255));
create table catalog_product_entity_text like catalog_product_entity_varchar;
create table catalog_product_entity_decimal (value_id int primary key auto_increment, attribute_id smallint unsigned, store_id smallint unsigned, entity_id int unsigned, value decimal(20,6));
create table catalog_product_entity_int (value_id int primary key auto_increment, attribute_id smallint unsigned, store_id smallint unsigned, entity_id int unsigned, value int);
create table sales_order (entity_id int unsigned primary key, state varchar(32), status varchar(32), coupon_code varchar(255), store_id smallint unsigned, customer_id int unsigned, grand_total decimal(20,4), discount_amount decimal(20,4), shipping_amount decimal(20,4), tax_amount decimal(20,4), order_currency_code varchar(3), billing_address_id int, shipping_address_id int, created_at timestamp not null default current_timestamp, updated_at timestamp not null default current_timestamp, base_grand_total decimal(20,4), base_discount_amount decimal(20,4), base_shipping_amount decimal(20,4), base_tax_amount decimal(20,4), base_to_global_rate decimal(20,4), base_currency_code varchar(3), global_currency_code varchar(3));
create table sales_order_address (entity_id int unsigned primary key, parent_id int unsigned, region varchar(255), address_type varchar(255));
create table sales_order_item (item_id int unsigned primary key, order_id int unsigned, parent_item_id int unsigned, product_id int unsigned, sku varchar(255), qty_ordered decimal(12,4), price decimal(12,4), discount_amount decimal(20,4), created_at timestamp not null default current_timestamp, updated_at timestamp not null default current_timestamp, base_price decimal(12,4), base_discount_amount decimal(20,4));
create table sales_order_payment (entity_id int unsigned primary key, parent_id int unsigned, method varchar(128));
create table sales_invoice (entity_id int unsigned primary key, order_id int unsigned, state int, grand_total decimal(20,4), transaction_id varchar(255), created_at timestamp not null default current_timestamp, updated_at timestamp not null default current_timestamp, base_grand_total decimal(20,4), base_to_global_rate decimal(20,4), key (order_id));
create table sales_shipment (entity_id int unsigned primary key, order_id int unsigned, customer_id int, shipping_address_id int, created_at timestamp not null default current_timestamp, updated_at timestamp not null default current_timestamp, key (order_id));
create table sales_creditmemo (entity_id int unsigned primary key, order_id int unsigned, state int, grand_total decimal(20,4), created_at timestamp not null default current_timestamp, updated_at timestamp not null default current_timestamp, base_grand_total decimal(20,4), base_to_global_rate decimal(20,4));

set time_zone = '+00:00';
insert into customer_entity values (9, 'ada@example.com', '2026-10-01 07:00:00', '2026-10-02 07:00:00', 1, 'Ada', 'Lovelace', '1990-12-10', 1, 2, 2), (10, 'bob@example.com', '2026-10-01 07:00:00', '2026-10-02 07:00:00', 0, 'Bob', null, null, null, null, 3);
insert into customer_address_entity values (1, 9, 'Berlin', 'DE', 'Ada', 'Lovelace', '10115', 'Berlin', 'Am Weg 1', '030123456'), (2, 9, 'Munich', 'DE', 'Ada', 'Lovelace', '80331', 'Bayern', 'Platz 2', '089123456');
insert into eav_entity_type values (3, 'catalog_category'), (4, 'catalog_product');
insert into eav_attribute values (45, 3, 'name'), (73, 4, 'name'), (77, 4, 'price'), (76, 4, 'short_description'), (83, 4, 'manufacturer');
insert into eav_attribute_option_value values (1, 12, 0, 'Hammer & Co'), (2, 12, 1, 'Hammer und Co');
insert into catalog_category_entity values (1, 0, '1', 0), (2, 1, '1/2', 1), (3, 2, '1/2/3', 2), (4, 3, '1/2/3/4', 3), (5, 4, '1/2/3/4/5', 4);
insert into catalog_category_entity_varchar (attribute_id, store_id, entity_id, value) values (45, 0, 2, 'Default'), (45, 0, 3, 'Kitchen'), (45, 1, 3, 'Küche'), (45, 0, 4, 'Pans'), (45, 0, 5, 'Woks');
insert into catalog_product_entity values (50, 'simple', 'WOK-1', '2026-09-01 00:00:00', '2026-09-02 00:00:00'), (51, 'configurable', 'SHIRT', '2026-09-01 00:00:00', '2026-09-02 00:00:00'), (52, 'simple', 'SHIRT-M', '2026-09-01 00:00:00', '2026-09-02 00:00:00');
insert into catalog_product_entity_varchar (attribute_id, store_id, entity_id, value) values (73, 0, 50, 'Wok'), (73, 1, 50, 'Der Wok'), (73, 0, 51, 'Shirt');
insert into catalog_product_entity_decimal (attribute_id, store_id, entity_id, value) values (77, 0, 50, 49.9), (77, 0, 52, 20);
insert into catalog_product_entity_text (attribute_id, store_id, entity_id, value) values (76, 0, 50, 'Iron');
insert into catalog_product_entity_int (attribute_id, store_id, entity_id, value) values (83, 0, 50, 12);
insert into catalog_category_product (category_id, product_id) values (3, 50), (5, 50), (2, 51);
insert into sales_order values
    (1, 'processing', 'packing', 'AUTUMN', 1, 9, 114.8000, -10.0000, 5.0000, 18.3000, 'EUR', 101, 102, '2026-11-19 22:30:00', '2026-11-20 08:00:00', 114.8000, -10.0000, 5.0000, 18.3000, 1, 'EUR', 'EUR'),
    (2, 'new', 'pending', null, 1, null, 20.0000, 0.0000, 0.0000, 0.0000, 'EUR', 103, null, '2026-11-20 10:00:00', '2026-11-20 10:00:00', 20.0000, 0, 0, 0, 1, 'EUR', 'EUR'),
    (3, 'closed', 'closed', null, 1, 9, 79.8400, 0.0000, 0.0000, 0.0000, 'GBP', 104, 105, '2026-11-10 10:00:00', '2026-11-18 10:00:00', 49.9000, 0, 0, 0, 1, 'EUR', 'EUR'),
    (4, 'canceled', 'canceled', null, 1, 9, 49.9000, -8.0000, 4.0000, 2.0000, 'USD', 104, 105, '2026-11-11 10:00:00', '2026-11-12 10:00:00', 49.9000, -8.0000, 4.0000, 2.0000, 0.9, 'USD', 'EUR');
insert into sales_order_address values (101, 1, 'Berlin', 'billing'), (102, 1, 'Bayern', 'shipping'), (103, 2, 'NRW', 'billing'), (104, 3, 'Berlin', 'billing'), (105, 3, 'Berlin', 'shipping');
insert into sales_order_item values
    (1, 1, null, 50, 'WOK-1', 2.0000, 49.9000, 10.0000, '2026-11-19 22:30:00', '2026-11-19 22:30:00', 49.9000, 10.0000),
    (2, 1, null, 51, 'SHIRT-M', 1.0000, 20.0000, 0.0000, '2026-11-19 22:30:00', '2026-11-19 22:30:00', 20.0000, 0),
    (3, 1, 2, 52, 'SHIRT-M', 1.0000, 0.0000, 0.0000, '2026-11-19 22:30:00', '2026-11-19 22:30:00', 0, 0),
    (4, 2, null, 51, 'SHIRT-M', 1.0000, 20.0000, 0.0000, '2026-11-20 10:00:00', '2026-11-20 10:00:00', 20.0000, 0),
    (5, 3, null, 50, 'WOK-1', 1.0000, 79.8400, 0.0000, '2026-11-10 10:00:00', '2026-11-10 10:00:00', 49.9000, 0),
    (7, 4, null, 51, 'SHIRT-M', 1.0000, 49.9000, 8.0000, '2026-11-11 10:00:00', '2026-11-11 10:00:00', 49.9000, 8.0000),
    (6, 4, null, 50, 'WOK-1', 0.5000, 49.9000, 0.0000, '2026-11-11 10:00:00', '2026-11-11 10:00:00', 49.9000, 0);
insert into sales_order_payment values (1, 1, 'stripe'), (2, 2, 'checkmo'), (3, 3, 'stripe');
insert into sales_invoice values (1, 1, 2, 60.0000, 'ch_1', '2026-11-20 07:00:00', '2026-11-20 07:00:00', 60.0000, 1), (2, 1, 2, 54.8000, 'ch_2', '2026-11-20 07:59:00', '2026-11-20 07:59:00', 54.8000, 1), (3, 2, 1, 20.0000, null, '2026-11-20 10:00:00', '2026-11-20 10:00:00', 20.0000, 1), (4, 3, 2, 79.8400, 'ch_3', '2026-11-10 10:01:00', '2026-11-10 10:01:00', 49.9000, 1);
insert into sales_shipment values (1, 3, 9, 105, '2026-11-12 10:00:00', '2026-11-12 10:00:00'), (2, 3, 9, 105, '2026-11-13 10:00:00', '2026-11-13 10:00:00');
insert into sales_creditmemo values (1, 3, 2, 79.8400, '2026-11-18 10:00:00', '2026-11-18 10:00:00', 49.9000, 1), (2, 1, 3, 10.0000, '2026-11-18 10:00:00', '2026-11-18 10:00:00', 10.0000, 1)
