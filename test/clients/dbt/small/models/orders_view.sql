select order_id, customer, cast(amount as decimal(10,2)) as amount, ordered_on from {{ ref('orders') }}
where order_id <= {{ var('upto', 2) }}
