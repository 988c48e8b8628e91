module guesthouse.example/archive

go 1.21
