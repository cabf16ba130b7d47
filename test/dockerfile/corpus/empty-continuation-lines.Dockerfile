FROM debian:bookworm
RUN apt-get update \

 && apt-get install -y \

      git \
   
 && rm -rf /var/lib/apt/lists/*
COPY --from=docker:27-cli /usr/local/bin/docker /usr/local/bin/
