	FROM	debian:12	AS	base 
  RUN echo "FROM a" && echo COPY --from=b
  LABEL from="c" text="COPY --from=d"
  ENV FROM=e
  ENTRYPOINT ["sh", "-c", "# FROM f"]
  # FROM g
  COPY FROM --from /
  MAINTAINER FROM h
  RUN --mount=type=cache,id=from=i,target=/c true
  WORKDIR /--from=j
FROM base
