select
  c.customer_id,
  now.segment,
  now.region,
  sum(f.amount) as turnover,
  count(*) as sales,
  dense_rank() over (partition by now.segment order by sum(f.amount) desc) as rank_in_segment
from {{ ref('fact_sales') }} as f
join {{ ref('dim_customers') }} as c on c.customer_key = f.customer_key
join {{ ref('dim_customers') }} as now on now.customer_id = c.customer_id and now.is_current
group by c.customer_id, now.segment, now.region
