FROM rocker/shiny-verse:4.4.1
RUN R -e "install.packages(c('remotes', \
      'pool'), repos = 'https://cran.example.org')"
COPY ["app.R", "the data/", "/srv/shiny-server/"]
