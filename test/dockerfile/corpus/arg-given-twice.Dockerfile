ARG V=1
ARG W=$V
ARG V=2
FROM acme/x:$V-$W
