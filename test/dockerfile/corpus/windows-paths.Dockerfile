# escape=`

FROM mcr.microsoft.com/powershell:lts-nanoserver AS tools
COPY files\install.ps1 C:\
RUN powershell -Command `
      Copy-Item C:\install.ps1 `
      -Destination C:\tools\
FROM registry.example.com:8443/windows/base:10.0
COPY --from=tools C:\tools\ C:\tools\
COPY --from=busybox `
  /bin/busybox C:\bb
