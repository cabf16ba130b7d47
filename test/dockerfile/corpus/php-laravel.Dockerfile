FROM node:20 AS assets
RUN npm run production
FROM php:8.2-apache-bookworm AS web
COPY --from=assets /app/public /var/www/html/public
RUN a2enmod rewrite \
 && sed -ri -e 's!/var/www/html!${APACHE_DOCUMENT_ROOT}!g' /etc/apache2/sites-available/*.conf
