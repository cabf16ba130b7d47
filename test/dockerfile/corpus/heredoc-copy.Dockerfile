FROM nginx:1.27
COPY <<robots.txt <<-'humans.txt' /usr/share/nginx/html/
User-agent: *
FROM: me
robots.txt
	FROM you
	humans.txt
COPY --chmod=0755 <<-SCRIPT /start
	#!/bin/sh
	exec nginx \
	SCRIPT
COPY --from=hairyhenderson/gomplate:v4 /gomplate /bin/
