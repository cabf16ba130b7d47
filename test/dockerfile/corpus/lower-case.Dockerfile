arg version=6.6
from wordpress:${version}-php8.3 as wp
copy --from=redis:7-alpine /usr/local/bin/redis-cli /usr/local/bin/
run --mount=from=wordpress:cli,target=/cli cp /cli/usr/local/bin/wp /usr/bin/
from wp
