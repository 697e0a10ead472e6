-- One row for each customer, as the newest delivery has it.
with typed as (
  select
    trim(customer_id) as customer_id,
    concat_ws(' ', trim(first_name), trim(last_name)) as full_name,
    lower(trim(email)) as email,
    trim(city) as city,
    trim(segment) as segment,
    cast(registration_date as date) as registered_on,
    cast(updated_at as timestamp) as updated_at,
    _delivery
  from {{ source('bronze', 'customers') }}
  where {{ delivered() }}
    and _corrupt_record is null
    and trim(customer_id) <> ''
),

newest as (
  select *, row_number() over (partition by customer_id order by _delivery desc, updated_at desc, email) as nth
  from typed
  where registered_on is not null and updated_at is not null
)

select customer_id, full_name, email, city, segment, registered_on, updated_at
from newest
where nth = 1
