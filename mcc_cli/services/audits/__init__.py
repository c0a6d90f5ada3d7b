"""Files of SEO tools into the database: findings with their life, and rows by the importer."""
