"""The long proof: very many events of every kind on a real Kafka, while workers, broker and store are broken again and again; then every cell is recounted."""
