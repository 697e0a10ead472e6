-- Every line of sales with the first reason why it cannot be used, or none.
with typed as (
  select
    trim(transaction_id) as transaction_id,
    trim(customer_id) as customer_id,
    trim(product_id) as product_id,
    cast(quantity as int) as quantity,
    cast(unit_price as decimal(10,2)) as unit_price,
    cast(total_amount as decimal(12,2)) as amount,
    payment_method,
    channel,
    status,
    cast(transaction_date as timestamp) as sold_at,
    _delivery as delivery,
    _corrupt_record as broken_line
  from {{ source('bronze', 'transactions') }}
  where {{ delivered() }}
)

select
  t.*,
  case
    when t.broken_line is not null then 'malformed line'
    when coalesce(t.transaction_id, '') = '' then 'no transaction_id'
    when coalesce(t.customer_id, '') = '' then 'no customer_id'
    when t.sold_at is null then 'no date'
    when coalesce(t.quantity, 0) <= 0 then 'quantity is not positive'
    when coalesce(t.amount, 0) <= 0 then 'amount is not positive'
    when c.customer_id is null then 'unknown customer'
    when p.product_id is null then 'unknown product'
  end as reason
from typed as t
left join {{ ref('stg_customers') }} as c on c.customer_id = t.customer_id
left join {{ ref('stg_products') }} as p on p.product_id = t.product_id
