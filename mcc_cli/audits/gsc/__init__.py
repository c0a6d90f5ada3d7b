"""What the formats of Google Search Console share."""
