"""Photos in and garments out over HTTP, for programs and for people with a browser. Nothing is kept.

- `app.create_app`: what answers; it needs the extra `serve`.
- `limits.Limits`: how much it takes on at once.
"""
