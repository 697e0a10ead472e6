-- The statement of the suite merge: a target of five million rows, changes of which half are new.
merge into target as t using changes as s on t.id = s.id
when matched then update set name = s.name, amount = s.amount, updated = s.updated
when not matched then insert (id, name, amount, updated) values (s.id, s.name, s.amount, s.updated);
