FROM maven:3.9-eclipse-temurin-21 AS build
WORKDIR /build
COPY pom.xml .
RUN mvn -B dependency:go-offline
COPY src src
RUN mvn -B package -DskipTests
FROM eclipse-temurin:21-jre-alpine
COPY --from=build /build/target/*.jar /app.jar
ENTRYPOINT ["java","-jar","/app.jar"]
