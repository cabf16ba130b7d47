# This comment ends the directives.
# escape=`
FROM alpine:3 AS first
RUN echo a \
  && echo b
