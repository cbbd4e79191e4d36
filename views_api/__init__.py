"""The reader: sums cells, divides, stamps and serves. It writes nothing but commands, to Kafka.

From the top, and no arrow runs back up: `app` puts together; `routes` take questions; `live`, `updates` and `files` are other forms of the same answers, `web` is
HTTP around them; `answers` says what is read for a question; `commands` writes events; `principals` knows who asks; `views` works out what an answer says,
from plain values; `stored` talks to Redis; `scope` says what may be seen.
"""
