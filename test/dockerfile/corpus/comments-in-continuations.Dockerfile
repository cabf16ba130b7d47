FROM \
# which one?
  ubuntu:24.04 \
  # and its name
  AS \
# here
  base
RUN apt-get update && \
# FROM nowhere:1
    apt-get install -y --no-install-recommends \
      # the client
      curl \
	# indented by a tab
      ca-certificates
FROM base
