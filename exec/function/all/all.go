// Package all brings every family of functions into the registry: import it for its side effect.
package all

import (
	_ "github.com/argan-sql/argan/exec/function/aggregate"  // count, sum, percentiles
	_ "github.com/argan-sql/argan/exec/function/avro"       // binary Avro
	_ "github.com/argan-sql/argan/exec/function/collection" // arrays, maps, structs, lambdas
	_ "github.com/argan-sql/argan/exec/function/csv"        // CSV records
	_ "github.com/argan-sql/argan/exec/function/datetime"   // dates, timestamps, intervals
	_ "github.com/argan-sql/argan/exec/function/generator"  // explode and its kin
	_ "github.com/argan-sql/argan/exec/function/generic"    // session, bits, encryption, checks
	_ "github.com/argan-sql/argan/exec/function/hash"       // hash, md5, sha2
	_ "github.com/argan-sql/argan/exec/function/json"       // JSON records
	_ "github.com/argan-sql/argan/exec/function/math"       // rounding, powers, angles, bases
	_ "github.com/argan-sql/argan/exec/function/operator"   // + = AND LIKE and their like
	_ "github.com/argan-sql/argan/exec/function/protobuf"   // Protobuf messages
	_ "github.com/argan-sql/argan/exec/function/text"       // strings and binary values
	_ "github.com/argan-sql/argan/exec/function/window"     // rank, lag, nth_value
)
