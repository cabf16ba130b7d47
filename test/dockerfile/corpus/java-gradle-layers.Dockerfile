ARG JAVA=21
ARG RUNTIME=jre
FROM gradle:8-jdk${JAVA} AS gradle
RUN gradle bootJar
FROM eclipse-temurin:${JAVA}-${RUNTIME} AS layers
COPY --from=gradle /home/gradle/build/libs/app.jar /app.jar
RUN java -Djarmode=tools -jar /app.jar extract --layers --destination /x
FROM eclipse-temurin:${JAVA}-${RUNTIME}
COPY --from=layers /x/dependencies/ ./
COPY --from=layers /x/application/ ./
