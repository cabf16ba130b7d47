FROM composer:2 AS vendor
COPY composer.json composer.lock ./
RUN composer install --no-dev --ignore-platform-reqs
FROM php:8.3-fpm-alpine3.20
COPY --from=mlocati/php-extension-installer:2 /usr/bin/install-php-extensions /usr/local/bin/
COPY --from=composer/composer:2-bin /composer /usr/bin/composer
RUN install-php-extensions intl opcache
COPY --from=vendor /app/vendor /var/www/vendor
