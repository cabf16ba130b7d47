From golang:1.22 As Build
Run go build
fRoM scratch aS Final
CoPy --from=bUILD /x /x
