#See https://aka.ms/customizecontainer to learn how to customize your debug container

FROM mcr.microsoft.com/dotnet/aspnet:8.0 AS base
USER app
EXPOSE 8080

FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build
ARG BUILD_CONFIGURATION=Release
COPY ["src/Web/Web.csproj", "src/Web/"]
RUN dotnet restore "./src/Web/Web.csproj"

FROM build AS publish
RUN dotnet publish "./Web.csproj" -c $BUILD_CONFIGURATION -o /app/publish

FROM base AS final
COPY --from=publish /app/publish .
ENTRYPOINT ["dotnet", "Web.dll"]
