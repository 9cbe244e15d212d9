create table user (user_id bigint unsigned primary key, user_name varchar(50), user_gender char(1),
    user_birthday date, e_mail varchar(80), mobile varchar(20), register_time datetime, is_blacklist tinyint(1));
create table user_extend (user_id bigint unsigned primary key, is_pregnant_woman tinyint, is_have_children tinyint,
    is_have_car tinyint, phone_brand varchar(20), phone_cnt int, change_phone_cnt int, weight double,
    height double);
create table user_addr (addr_id int primary key, user_id bigint unsigned, addr_name varchar(80),
    order_flag tinyint, user_name varchar(50), mobile varchar(20));
create table goods_info (goods_id int primary key, goods_no varchar(20), goods_name varchar(80),
    curr_price decimal(10, 2), third_category_id int, goods_desc text, create_time datetime);
create table category_code (first_category_id int, first_category_name varchar(20), second_category_id int,
    second_catery_name varchar(20), third_category_id int primary key, third_category_name varchar(20));
create table user_order (order_id bigint primary key, order_date datetime, user_id bigint unsigned,
    order_money decimal(12, 2), order_type varchar(10), order_status smallint, pay_id varchar(20),
    update_time datetime);
create table order_item (order_id bigint, goods_id int, goods_amount int, curr_price decimal(10, 2),
    create_time datetime, primary key (order_id, goods_id));
create table order_delivery (order_id bigint primary key, addr_id int, user_id bigint unsigned,
    carriage_money decimal(8, 2), create_time datetime);
create table payment_flow (pay_id varchar(20) primary key, order_id bigint, trade_no varchar(40),
    pay_money decimal(12, 2), pay_type tinyint, pay_time datetime);
insert into user values
    (7, '李雷', 'M', '1988-08-08', 'lilei@example.cn', '13712341234', '2026-01-05 09:00:00', 0);
insert into user_extend values
    (7, 0, 1, 1, 'Huawei', 2, 3, 71.5, 180);
insert into user_addr values
    (3, 7, '湖北省武汉市', 1, '李雷', '13712341234');
insert into goods_info values
    (11, 'G-11', '炒锅', 199.90, 103, '铁', '2026-01-01 00:00:00');
insert into category_code values
    (1, '家居', 10, '厨房', 103, '锅');
insert into user_order values
    (1001, '2026-11-20 23:30:00', 7, 399.80, 'normal', 0, null, '2026-11-20 23:30:00'),
    (1002, '2026-11-21 10:00:00', null, 199.90, 'normal', 4, null, '2026-11-21 12:00:00');
insert into order_item values
    (1001, 11, 2, 199.90, '2026-11-20 23:30:00'),
    (1002, 11, 1, 199.90, '2026-11-21 10:00:00');
