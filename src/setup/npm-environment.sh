# shellcheck shell=sh
# Sourced before an npm of ours starts. `npm run x --dry-run` would reach it as npm_config_dry_run, and it would then
# install nothing and say that all is well: only the settings that say where packages come from are left.
for name in $(env | sed -n 's/^\(npm_[A-Za-z0-9_]*\)=.*/\1/p'); do
  case $name in
    npm_config_registry | npm_config_userconfig | npm_config_globalconfig | npm_config_prefix | npm_config_cache | \
      npm_config_ca | npm_config_cafile | npm_config_cert | npm_config_key | npm_config_strict_ssl | \
      npm_config_proxy | npm_config_https_proxy | npm_config_noproxy) ;;
    *) unset "$name" ;;
  esac
done
