-- Sales that can be used; of a sale that came more than once, the newest delivery counts.
with ranked as (
  select
    *,
    row_number() over (partition by transaction_id order by delivery desc, sold_at desc, status, quantity) as nth
  from {{ ref('stg_sales_judged') }}
  where reason is null
)

select
  transaction_id, customer_id, product_id, quantity, unit_price, amount, payment_method, channel, status,
  sold_at, cast(sold_at as date) as sold_on, delivery
from ranked
where nth = 1
