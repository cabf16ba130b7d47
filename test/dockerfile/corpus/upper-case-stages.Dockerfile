FROM node:22 AS Builder
FROM builder AS TESTER
RUN npm test
FROM nginx:1 AS Final
COPY --from=BUILDER /dist /a
COPY --from=tester /report /b
