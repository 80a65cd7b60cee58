# Varnish before a site on 127.0.0.1:8000. A stream is piped: it is no object of the cache.
vcl 4.1;

backend site {
    .host = "127.0.0.1";
    .port = "8000";
    .connect_timeout = 5s;
    # A ping comes after 15 s of silence.
    .first_byte_timeout = 60s;
    .between_bytes_timeout = 60s;
}

sub vcl_recv {
    # By its path, and by what it accepts: a POST may be answered by a stream.
    if (req.url ~ "^/streams/.*/events/" || req.http.Accept ~ "text/event-stream") {
        return (pipe);
    }
}

sub vcl_pipe {
    # One request for a connection: the next one may be for a page, which is not piped.
    set bereq.http.Connection = "close";
}
