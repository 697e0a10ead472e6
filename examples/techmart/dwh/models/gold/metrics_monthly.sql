select
  coalesce(d.year * 100 + d.month, 0) as month,
  coalesce(p.category, 'all') as category,
  sum(f.amount) as turnover,
  count(*) as sales,
  count(distinct c.customer_id) as customers,
  cast(avg(f.amount) as decimal(12,2)) as mean_basket,
  grouping_id() as level
from {{ ref('fact_sales') }} as f
join {{ ref('dim_date') }} as d on d.date_key = f.date_key
join {{ ref('dim_products') }} as p on p.product_id = f.product_id
join {{ ref('dim_customers') }} as c on c.customer_key = f.customer_key
group by grouping sets ((d.year * 100 + d.month, p.category), (d.year * 100 + d.month), (p.category), ())
