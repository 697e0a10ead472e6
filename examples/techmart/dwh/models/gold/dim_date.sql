select
  cast(date_format(day, 'yyyyMMdd') as int) as date_key,
  day as date_day,
  year(day) as year,
  quarter(day) as quarter,
  month(day) as month,
  weekofyear(day) as iso_week,
  date_format(day, 'EEEE') as day_name,
  dayofweek(day) in (1, 7) as is_weekend
from (select explode(sequence(date'2023-01-01', date'2026-12-31', interval 1 day)) as day) as days
