module github.com/argan-sql/argan

go 1.26
