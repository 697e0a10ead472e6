select
  concat(customer_id, '-', date_format(dbt_valid_from, 'yyyyMMdd')) as customer_key,
  h.customer_id,
  h.full_name,
  h.email,
  h.city,
  c.region,
  h.segment,
  h.registered_on,
  case when row_number() over (partition by h.customer_id order by dbt_valid_from) = 1 then least(h.registered_on, cast(dbt_valid_from as date)) else cast(dbt_valid_from as date) end as valid_from,
  cast(dbt_valid_to as date) as valid_to,
  dbt_valid_to is null as is_current
from {{ ref('customers_history') }} as h
left join {{ ref('cities') }} as c on c.city = h.city
