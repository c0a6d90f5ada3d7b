"""What the files of Screaming Frog SEO Spider mean: `crawl` puts them together to a run."""
